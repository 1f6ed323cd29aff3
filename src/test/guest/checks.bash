# Sourced by the guest's scripts. Each check is a function; it says what it found on stderr or stdout and returns 0 or not.
# Prints `ok NAME` or `not ok NAME: REASON`, one line each: io.onlink.guest.GuestReport reads them.

checks_passed=0
checks_failed=0

# check NAME FUNCTION [ARGUMENT…]
check() {
  local name=$1 said status begun=$SECONDS
  shift
  # A shell of its own, so that a failing command ends the check and not the script. Not in an `if`, which would switch -e off.
  set +e
  said=$(set -e; "$@" 2>&1)
  status=$?
  set -e
  # For who looks where a guest's time goes.
  echo "# $name took $((SECONDS - begun)) s"
  if [[ $status == 0 ]]; then
    checks_passed=$((checks_passed + 1))
    echo "ok $name"
    return
  fi
  checks_failed=$((checks_failed + 1))
  echo "not ok $name: ${said//$'\n'/; } (status $status)"
}

# exits STATUS COMMAND…
exits() {
  local expected=$1 status=0
  shift
  "$@" || status=$?
  [[ $status == "$expected" ]] || { echo "exit status $status, expected $expected: $*"; return 1; }
}

# equal IS EXPECTED
equal() {
  [[ $1 == "$2" ]] || { echo "is '$1', expected '$2'"; return 1; }
}

# await SECONDS COMMAND…: till it succeeds.
await() {
  local tries=$(($1 * 2)) look
  shift
  for look in $(seq "$tries"); do
    ! "$@" >/dev/null 2>&1 || return 0
    sleep 0.5
  done
  echo "in vain: $*"
  return 1
}

# The script's last line: the sum, and the exit status. No check at all is a failure.
checks_end() {
  echo "$checks_passed passed, $checks_failed failed"
  exit $((checks_failed > 0 || checks_passed == 0))
}
