package io.onlink.libc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class ReadingThreadTest {
    @Test
    void itIsToldWhichOfItsDescriptorsHasSomething() throws InterruptedException {
        BlockingQueue<boolean[]> told = new ArrayBlockingQueue<>(1);
        try (Wakeup never = new Wakeup();
                Wakeup readable = new Wakeup();
                ReadingThread thread =
                        new ReadingThread("test", told::offer, never.descriptor(), readable.descriptor())) {
            thread.start();
            readable.signal();
            assertThat(told.take()).containsExactly(false, true);
        }
    }

    /** Else what it reads from would be closed under it. */
    @Test
    void closingWaitsForTheWorkAlsoWhereItIsInterrupted() throws InterruptedException {
        CountDownLatch atWork = new CountDownLatch(1);
        AtomicBoolean done = new AtomicBoolean();
        try (Wakeup readable = new Wakeup()) {
            ReadingThread thread = new ReadingThread(
                    "test",
                    _ -> {
                        atWork.countDown();
                        sleep(100);
                        done.set(true);
                    },
                    readable.descriptor());
            thread.start();
            readable.signal();
            atWork.await();
            Thread.currentThread().interrupt();
            thread.close();
            assertThat(done).isTrue();
            assertThat(Thread.interrupted()).isTrue();
            thread.close();
        }
    }

    private static void sleep(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException ended) {
            throw new AssertionError(ended);
        }
    }
}
