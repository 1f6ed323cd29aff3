package io.onlink.attach;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.agent.Store;
import io.onlink.failure.KernelException;
import io.onlink.kernel.FakeKernel;
import io.onlink.kernel.ForwardingKernel;
import io.onlink.model.LinkAttributes;
import io.onlink.model.NetworkState;
import io.onlink.model.Veth;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Links that are removed at once: the kernel takes as long for a hundred as for one. */
class HostLinksTest {
    private static final int LINKS = 12;

    @TempDir
    private Path directory;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Integer> deletions = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch isAtWork = new CountDownLatch(1);
    private final CountDownLatch mayGoOn = new CountDownLatch(1);
    private boolean fails;
    private Store store;
    private FakeKernel kernel;
    private HostLinks links;

    @BeforeEach
    void open() {
        NetworkState.Builder state = new NetworkState.Builder();
        IntStream.range(0, LINKS)
                .forEach(number -> state.put(new Veth(LinkAttributes.named(link(number)), /* peer= */ null)));
        kernel = new FakeKernel(state.build());
        store = Store.open(directory.resolve("onlink.db"), InstantSource.system());
        links = new HostLinks(new SlowToDelete(), kernel, new Guarding(TreeMap::new, store, new RecordingGuard()));
    }

    private static String link(int number) {
        return "onl%011d".formatted(number);
    }

    @AfterEach
    void close() {
        threads.shutdownNow();
        store.close();
    }

    /** Holds the first deletion up, so that all others have come when it is done; refuses the second where it is to fail. */
    private final class SlowToDelete extends ForwardingKernel {
        SlowToDelete() {
            super(kernel);
        }

        @Override
        public void deleteLinks(Collection<String> names) {
            deletions.add(names.size());
            isAtWork.countDown();
            try {
                mayGoOn.await();
            } catch (InterruptedException interrupted) {
                throw new AssertionError(interrupted);
            }
            if (fails && deletions.size() == 2) {
                throw new KernelException("delete links", 16, "EBUSY");
            }
            super.deleteLinks(names);
        }
    }

    @Test
    void whoComesWhileOneIsRemovedIsServedTogether() throws Exception {
        for (Future<?> removal : removals()) {
            removal.get();
        }
        assertThat(kernel.observe().links()).isEmpty();
        assertThat(deletions).hasSize(2);
    }

    @Test
    void oneThatFailsSpoilsNoneOfTheOthers() throws Exception {
        fails = true;
        int failed = 0;
        for (Future<?> removal : removals()) {
            try {
                removal.get();
            } catch (ExecutionException refused) {
                assertThat(refused).hasMessageContaining("EBUSY");
                failed++;
            }
        }
        assertThat(failed).isEqualTo(1);
        assertThat(kernel.observe().links()).isEmpty();
    }

    private List<Future<?>> removals() throws InterruptedException {
        List<Future<?>> removals = new ArrayList<>();
        removals.add(threads.submit(() -> links.remove(link(0))));
        isAtWork.await();
        List<Thread> waiting = Collections.synchronizedList(new ArrayList<>());
        IntStream.range(1, LINKS)
                .forEach(number -> removals.add(threads.submit(() -> {
                    waiting.add(Thread.currentThread());
                    links.remove(link(number));
                })));
        while (waiting.size() < LINKS - 1
                || waiting.stream().anyMatch(thread -> thread.getState() != Thread.State.WAITING)) {
            Thread.onSpinWait();
        }
        mayGoOn.countDown();
        return removals;
    }
}
