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

    @Test
    void whatTheWorkThrowsDoesNotEndIt() throws InterruptedException {
        CountDownLatch thrice = new CountDownLatch(3);
        try (Wakeup readable = new Wakeup();
                ReadingThread thread = new ReadingThread(
                        "test",
                        _ -> {
                            thrice.countDown();
                            if (thrice.getCount() == 2) {
                                throw new IllegalStateException("what a test throws once");
                            }
                        },
                        readable.descriptor())) {
            thread.start();
            readable.signal();
            thrice.await();
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
