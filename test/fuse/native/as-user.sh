# Runs a program as an ordinary user (nobody) in a mount namespace of its own, where users may open
# /dev/fuse and the sources can be read, however they are kept here.
#
#     unshare --mount sh as-user.sh FOLDER PROJECT PROGRAM ARGUMENT...
#
# FOLDER gets `project`, a second place of PROJECT. Nothing of it is seen outside, and all of it goes with
# the last process in the namespace.
set -eu
folder=$1 project=$2
shift 2
mkdir "$folder/project" "$folder/device"
mount --bind "$project" "$folder/project"
if [ "$(stat -c %a /dev/fuse)" != 666 ]; then
  mount -t tmpfs none "$folder/device"
  mknod "$folder/device/fuse" c 10 229
  chmod 666 "$folder/device/fuse"
  mount --bind "$folder/device/fuse" /dev/fuse
fi
exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
