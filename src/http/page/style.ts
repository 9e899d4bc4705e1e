/** The style of the pages: light and dark, from 320 px up. Status is told by word and shape, too. */

const COLOURS = `
:root{color-scheme:light dark;
--ground:#f5f5f2;--card:#fff;--line:#e3e3dd;--ink:#1b1f24;--soft:#5c636e;
--first:#2458d3;--second:#a8480f;--grid:#ebebe6;--limit:#946200;
--ok:#17693f;--ok-bg:#e4f3ea;--degraded:#7d5300;--degraded-bg:#fdf1d6;
--unhealthy:#a8231b;--unhealthy-bg:#fde8e5;--stale:#4d545e;--stale-bg:#e9eaec}
@media (prefers-color-scheme:dark){:root{
--ground:#121417;--card:#1b1e23;--line:#2c3138;--ink:#e9ebee;--soft:#9ba3ae;
--first:#84a9ff;--second:#f0a36b;--grid:#272b31;--limit:#d9a441;
--ok:#6fd19c;--ok-bg:#16291f;--degraded:#efbf5a;--degraded-bg:#2e2512;
--unhealthy:#ff9088;--unhealthy-bg:#351a18;--stale:#b3bac4;--stale-bg:#24282e}}`;

const BASE = `
*{box-sizing:border-box;margin:0}
[hidden]{display:none!important}
body{background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;-webkit-text-size-adjust:100%;font-variant-numeric:tabular-nums}
main{max-width:1080px;margin:0 auto;padding:24px 20px 40px}
h1,h2,h3{line-height:1.25;font-weight:650;text-wrap:balance}
h2{font-size:17px;margin:32px 0 12px}
h2 small{font-size:13px;font-weight:400;color:var(--soft);margin-left:6px}
h3{font-size:15px}
ul{list-style:none;padding:0}
a{color:inherit;text-underline-offset:3px}
button{font:inherit;color:inherit;cursor:pointer}
:focus-visible{outline:2px solid var(--first);outline-offset:2px;border-radius:4px}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px}
.icon{width:1.15em;height:1.15em;flex:none;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
.note,.since{color:var(--soft);font-size:13px}`;

const TOP = `
.top{display:grid;grid-template-columns:1fr auto;align-items:center;gap:18px 12px;margin-bottom:18px}
.volume{grid-column:1/-1}
.wordmark{display:flex;align-items:center;gap:8px;font-weight:600;color:var(--soft)}
.wordmark svg{width:20px;height:20px;fill:none;stroke:currentColor;stroke-width:1.8;stroke-linecap:round}
h1{font-size:26px;letter-spacing:-.01em;overflow-wrap:anywhere}
.path{color:var(--soft);font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
.quiet{background:none;border:1px solid var(--line);border-radius:8px;padding:5px 12px;font-size:13px}
.quiet:hover{background:var(--card)}
#banner{display:grid;grid-template-columns:auto 1fr auto;gap:4px 16px;align-items:start;padding:18px 20px;border-radius:12px;background:var(--stale-bg);color:var(--stale)}
#banner-icon{line-height:0;padding-top:2px}
#banner-icon .icon{width:30px;height:30px;stroke-width:1.8}
#banner h2{margin:0;font-size:22px}
#banner li{color:var(--ink);margin-top:4px;overflow-wrap:anywhere}
#updated{font-size:13px;padding-top:6px;white-space:nowrap}
[data-verdict=ok] #banner{background:var(--ok-bg);color:var(--ok)}
[data-verdict=degraded] #banner{background:var(--degraded-bg);color:var(--degraded)}
[data-verdict=unhealthy] #banner{background:var(--unhealthy-bg);color:var(--unhealthy)}
[data-verdict=stale] #rest{opacity:.55;filter:grayscale(1)}
[data-verdict=stale] #updated{display:none}
[data-verdict=loading] #rest{visibility:hidden}
#figures{display:grid;grid-template-columns:repeat(6,1fr);margin-top:16px;overflow:hidden}
#figures div{padding:14px 18px;box-shadow:1px 0 var(--line),0 1px var(--line)}
#figures dt{font-size:13px;color:var(--soft)}
#figures dd{font-size:19px;font-weight:600}
#figures dd.note{font-size:13px;font-weight:400;min-height:1.5em}`;

const CHARTS = `
#charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:14px}
.chart{padding:14px 16px 12px;min-width:0}
.chart header{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:baseline;gap:2px 14px;margin-bottom:8px}
.readings{display:flex;flex-wrap:wrap;gap:2px 16px}
.reading{font-size:13px;color:var(--soft);white-space:nowrap}
.reading b{font-size:17px;font-weight:650;color:var(--ink)}
.swatch{display:inline-block;width:14px;margin-right:5px;vertical-align:middle;border-top:2px solid var(--first)}
.swatch.line-1{border-top:2px dashed var(--second)}
.plot{display:block;width:100%;height:150px;touch-action:pan-y}
.plot text{fill:var(--soft);font-size:11px}
.plot .grid{stroke:var(--grid)}
.plot .axis{stroke:var(--line)}
.plot .limit{stroke:var(--limit);stroke-dasharray:2 4;stroke-width:1.5}
.plot .pointer{stroke:var(--soft);stroke-opacity:.6}
.line{fill:none;stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}
.line.line-0{stroke:var(--first)}
.line.line-1{stroke:var(--second);stroke-dasharray:5 4}
.area{stroke:none;fill-opacity:.1}
.area.line-0,.dot.line-0{fill:var(--first)}
.area.line-1{fill:none}
.dot.line-1{fill:var(--second)}
.chart .note{margin-top:6px}`;

const LISTS = `
.check{display:grid;grid-template-columns:108px minmax(0,190px) minmax(0,200px) minmax(0,1fr) auto;gap:2px 16px;align-items:baseline;padding:10px 18px}
.check+.check{border-top:1px solid var(--line)}
.check p{grid-area:1/4;color:var(--soft);font-size:14px;overflow-wrap:anywhere}
.check .value{overflow-wrap:anywhere}
.check .since{text-align:right;white-space:nowrap}
.is-degraded p,.is-unhealthy p,.is-unknown p{color:var(--ink)}
.is-off h3{font-weight:400;color:var(--soft)}
.chip{display:inline-flex;align-items:baseline;gap:7px;font-size:14px;font-weight:600;color:var(--stale);white-space:nowrap}
.chip .icon{align-self:center}
.check code,#banner code{font:.92em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.is-ok .chip,.chip.is-ok{color:var(--ok)}
.is-degraded .chip,.is-unknown .chip{color:var(--degraded)}
.is-unhealthy .chip,.chip.is-unhealthy{color:var(--unhealthy)}
#records-none{padding:14px 18px;color:var(--soft)}
table{width:100%;border-collapse:collapse}
th,td{padding:10px 18px;text-align:left;vertical-align:baseline}
th{font-size:13px;font-weight:400;color:var(--soft)}
tbody tr{border-top:1px solid var(--line)}
td.kind{font-weight:600}
.took,.size{text-align:right;white-space:nowrap}
.reason{font-size:13px;overflow-wrap:anywhere}
footer{margin-top:32px;color:var(--soft);font-size:13px;display:flex;flex-wrap:wrap;gap:6px 20px;justify-content:space-between}
footer a{margin-right:10px}`;

const LOGIN = `
.login{max-width:400px;padding-top:12vh}
.login form{display:grid;gap:10px;margin-top:16px;padding:24px}
.login h1{font-size:22px}
.login p{color:var(--soft)}
.login label{font-weight:600;margin-top:6px}
.login input{font:inherit;width:100%;padding:9px 12px;border:1px solid var(--soft);border-radius:8px;background:var(--ground);color:var(--ink)}
.login #answer{color:var(--unhealthy);min-height:1.5em}
.login form button{padding:10px;border:0;border-radius:8px;background:var(--ink);color:var(--card);font-weight:600}`;

const SMALL = `
@media (max-width:920px){
#figures{grid-template-columns:repeat(3,1fr)}
.check{grid-template-columns:108px minmax(0,1fr) minmax(0,1fr) auto}
.check p{grid-area:2/2/auto/-1}
}@media (max-width:640px){
main{padding:16px 12px 32px}
.top{gap:12px;margin-bottom:14px}
h1{font-size:22px}
#banner{grid-template-columns:auto 1fr;padding:14px 16px;gap:4px 12px}
#updated{grid-column:2}
#figures{grid-template-columns:1fr 1fr}
#figures div{padding:12px 14px}
.chart{padding:12px 12px 10px}
.check{grid-template-columns:minmax(0,1fr) auto;padding:12px 14px}
.check h3{grid-area:1/1}
.check .chip{grid-area:1/2}
.check .since{grid-area:2/2}
.check .value{grid-area:2/1}
.check p{grid-area:3/1/auto/-1}
table,tbody{display:block}
thead,.took{display:none}
tbody tr{display:grid;grid-template-columns:1fr auto;gap:2px 12px;padding:10px 14px}
tbody tr:first-child{border-top:0}
td{padding:0}
td.told{display:contents}
td.told .chip{grid-area:1/2;justify-self:end}
td.when{grid-area:2/1;color:var(--soft)}
td.size{grid-area:2/2;color:var(--soft)}
.reason{grid-column:1/-1}
}
@media print{body{background:none}.card{break-inside:avoid}}`;

export const PAGE_STYLE: string = [COLOURS, BASE, TOP, CHARTS, LISTS, LOGIN, SMALL].join('');
