# Sourced, after checks.bash, by scripts that need a Docker Engine. Wants: work (a directory), onlink (the command), DOCKER_HOST=unix://$work/docker.sock

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
  await 100 docker version || { tail -n 5 "$work/dockerd.log" && return 1; }
  tar -C "$work/image" -c . | docker import - box >/dev/null
  await 50 grep 'connected to the Docker Engine' "$work/agent.log" || { tail -n 5 "$work/dockerd.log" "$work/agent.log" && return 1; }
}

# An agent in the guest that starts has its classes, the engine's whole list and every container to go through.
await_in_log() {
  await 180 grep "$1" "$work/agent.log" || { tail -n 5 "$work/agent.log" && return 1; }
}
