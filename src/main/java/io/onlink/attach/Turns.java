package io.onlink.attach;

import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One after the other for the same name, side by side for different ones, but for a few that share a lock by chance. Names
 * come and go by the million: none is kept.
 */
final class Turns {
    private static final int LOCKS = 64;

    private final List<ReentrantLock> locks =
            Stream.generate(ReentrantLock::new).limit(LOCKS).toList();

    void take(String name, Runnable work) {
        var _ = this.<Boolean>take(name, () -> {
            work.run();
            return true;
        });
    }

    <T extends @Nullable Object> T take(String name, Supplier<T> work) {
        ReentrantLock lock = locks.get(Math.floorMod(name.hashCode(), LOCKS));
        lock.lock();
        try {
            return work.get();
        } finally {
            lock.unlock();
        }
    }
}
