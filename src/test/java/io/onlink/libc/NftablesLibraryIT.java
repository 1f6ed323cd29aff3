package io.onlink.libc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The library in a real kernel. Needs root. */
class NftablesLibraryIT {
    private static final int THREADS = 8;
    private static final int ROUNDS = 50;

    /**
     * The library keeps the links' numbers in one list for all of the process (iface_list of its iface.c) and frees that after each
     * command: without a lock around it a thread gets those of another's namespace, or reads freed memory.
     */
    @Test
    void contextsOfManyThreadsDoNotDisturbEachOther() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            List<Future<?>> all = new ArrayList<>();
            IntStream.range(0, THREADS).forEach(thread -> all.add(threads.submit(() -> workInANamespace(thread))));
            for (Future<?> one : all) {
                one.get();
            }
        }
    }

    private static void workInANamespace(int thread) {
        try (TestNamespace namespace = new TestNamespace()) {
            for (int other = 0; other < thread; other++) {
                namespace.ip("link add other%d type bridge".formatted(other));
            }
            String link = "only" + thread;
            namespace.ip("link add %s type bridge".formatted(link));
            for (int round = 0; round < ROUNDS; round++) {
                namespace.call(() -> {
                    try (NftablesLibrary library = NftablesLibrary.open().orElseThrow()) {
                        assertThat(library.run("""
                                                table netdev t {
                                                  chain c { type filter hook ingress device "lo" priority 10; fwd to "%s"; }
                                                }
                                                """.formatted(link), false).error())
                                .isEmpty();
                        assertThat(library.run("list ruleset", false).output()).contains("fwd to \"" + link + "\"");
                        assertThat(library.run("delete table netdev t", false).error())
                                .isEmpty();
                    }
                    return link;
                });
            }
        }
    }
}
