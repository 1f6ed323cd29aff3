package io.onlink.attach;

import io.onlink.nftables.GuardedPort;
import io.onlink.nftables.PortGuard;
import java.util.Collection;
import java.util.SequencedMap;
import java.util.TreeMap;

/** Knows what is guarded, and filters nothing. */
final class RecordingGuard implements PortGuard {
    private final SequencedMap<String, GuardedPort> ports = new TreeMap<>();

    @Override
    public synchronized void protect(GuardedPort port) {
        ports.put(port.link(), port);
    }

    @Override
    public synchronized void release(String link) {
        ports.remove(link);
    }

    @Override
    public synchronized void replaceAll(Collection<GuardedPort> replacement) {
        ports.clear();
        replacement.forEach(port -> ports.put(port.link(), port));
    }

    synchronized boolean isGuarded(String link) {
        return ports.containsKey(link);
    }
}
