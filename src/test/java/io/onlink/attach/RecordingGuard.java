package io.onlink.attach;

import io.onlink.nftables.GuardedPort;
import io.onlink.nftables.PortGuard;
import java.util.Collection;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Knows what is guarded, and filters nothing; refuses where it is told to. */
final class RecordingGuard implements PortGuard {
    private final SequencedMap<String, GuardedPort> ports = new TreeMap<>();

    private Consumer<String> before = link -> {};
    private Runnable afterRelease = () -> {};

    /** What to do first when a port is to be guarded. */
    void before(Consumer<String> work) {
        before = work;
    }

    /** What to do when ports were released. */
    void afterRelease(Runnable work) {
        afterRelease = work;
    }

    @Override
    public synchronized void protect(GuardedPort port) {
        before.accept(port.link());
        ports.put(port.link(), port);
    }

    @Override
    public synchronized void release(Collection<String> links) {
        ports.keySet().removeAll(links);
        afterRelease.run();
    }

    @Override
    public synchronized void replaceAll(Collection<GuardedPort> replacement) {
        ports.clear();
        replacement.forEach(port -> ports.put(port.link(), port));
    }

    synchronized boolean isGuarded(String link) {
        return ports.containsKey(link);
    }

    synchronized boolean isEmpty() {
        return ports.isEmpty();
    }
}
