#!/bin/sh
# start.sh COMMAND...: runs COMMAND, which runs a program under Wine, and once more if the program was not started.
#
# That is so with four exit statuses, with which no test ends by itself: 53 (Wine: a library is not there) and those of
# timeout, chroot and shells, 125 to 127. Wine ends with 1 if it cannot start its server, and so does a test that fails: that
# is not tried again.
"$@"
status=$?
case $status in
  53 | 125 | 126 | 127)
    echo "start.sh: not started ($status), once more: $*" >&2
    "$@"
    status=$? ;;
esac
exit "$status"
