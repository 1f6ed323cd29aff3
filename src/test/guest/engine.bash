# Sourced by scripts that need a Docker Engine. Wants: work (a directory), onlink (the command), DOCKER_HOST=unix://$work/docker.sock

# A Docker Engine whose own bridge and packet filter are off, the agent beside it, and the image "box": busybox alone.
start_engine() {
  mkdir -p "$work/engine" "$work/image/bin" "$work/image/etc" "$work/image/tmp"
  mount -t tmpfs tmpfs "$work/engine"
  modprobe overlay || true
  dockerd --data-root "$work/engine/data" --exec-root "$work/engine/run" --pidfile "$work/docker.pid" --host "$DOCKER_HOST" \
    --bridge=none --iptables=false --ip6tables=false --exec-opt native.cgroupdriver=cgroupfs >"$work/dockerd.log" 2>&1 &
  "${onlink[@]}" agent >"$work/agent.log" 2>&1 &
  echo $! >"$work/agent.pid"
  cp "$(type -P busybox)" "$work/image/bin/busybox"
  local look
  for look in $(seq 200); do
    ! docker version >/dev/null 2>&1 || break
    sleep 0.5
  done
  tar -C "$work/image" -c . | docker import - box >/dev/null
  for look in $(seq 100); do
    ! grep -q 'connected to the Docker Engine' "$work/agent.log" || return 0
    sleep 0.5
  done
  tail -n 5 "$work/dockerd.log" "$work/agent.log"
  return 1
}

await_in_log() {
  local look
  for look in $(seq 60); do
    ! grep "$1" "$work/agent.log" || return 0
    sleep 0.5
  done
  echo "the agent did not say '$1': $(tail -n 5 "$work/agent.log")"
  return 1
}
