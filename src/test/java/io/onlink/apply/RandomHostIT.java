package io.onlink.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.desired.Found;
import io.onlink.failure.ConfigurationException;
import io.onlink.failure.KernelException;
import io.onlink.failure.OnlinkException;
import io.onlink.failure.UnsupportedException;
import io.onlink.hostfile.HostFile;
import io.onlink.kernel.ForwardingKernel;
import io.onlink.kernel.Kernel;
import io.onlink.kernel.LinuxKernel;
import io.onlink.libc.NetworkNamespace;
import io.onlink.step.Step;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random hosts in namespaces of their own, made by {@code ip}: whatever becomes of an apply, and after {@code down}, the host
 * is byte for byte as it was; or the change is refused before anything is touched. {@code -Donlink.seeds.linux=N} tries
 * more, {@code -Donlink.seed=N} one. Needs root.
 */
class RandomHostIT {
    private static final int SEEDS = Integer.getInteger("onlink.seeds.linux", 100);

    private static final Map<String, Integer> ENDINGS = new ConcurrentHashMap<>();

    @TempDir
    private Path temporary;

    @Test
    void applyRollbackAndDownGiveTheHostBack() throws InterruptedException {
        Map<Long, Throwable> failures = new ConcurrentHashMap<>();
        ExecutorService workers = Executors.newFixedThreadPool(
                Runtime.getRuntime().availableProcessors(),
                Thread.ofPlatform().daemon().factory());
        Long only = Long.getLong("onlink.seed");
        for (long seed = only == null ? 0 : only; seed < (only == null ? SEEDS : only + 1); seed++) {
            long number = seed;
            workers.execute(() -> {
                try {
                    new Trial(number).run();
                } catch (RuntimeException | Error | IOException failed) {
                    failures.put(number, failed);
                }
            });
        }
        workers.shutdown();
        assertThat(workers.awaitTermination(30, TimeUnit.MINUTES)).isTrue();
        System.out.println("Random hosts on the real kernel: " + new TreeMap<>(ENDINGS));
        new TreeMap<>(failures)
                .forEach((seed, failure) -> System.out.printf(
                        "seed %d (again: -Dit.test=RandomHostIT -Donlink.seed=%d): %s%n",
                        seed, seed, failure.getMessage()));
        assertThat(failures.keySet()).as("seeds that failed").isEmpty();
    }

    private final class Trial {
        private final Random random;
        private final RandomCommands commands;
        private final NetworkNamespace namespace;
        private final StateDirectory directory;
        private final String text;

        Trial(long seed) {
            random = new Random(seed);
            commands = new RandomCommands(seed);
            text = commands.file();
            namespace = NetworkNamespace.named(
                    "faults-random-%d-%d".formatted(ProcessHandle.current().pid(), seed));
            directory = new StateDirectory(temporary.resolve("seed" + seed));
        }

        void run() throws IOException {
            NetworkNamespace.create(namespace.toString());
            try {
                // Detection takes a second for each address, and has tests of its own.
                Witness.set(namespace, List.of("ipv6/conf/all/accept_dad=0", "ipv6/conf/default/accept_dad=0"));
                List<String> lines = new ArrayList<>(commands.lines());
                Programs.batchAsFarAsPossible(namespace, lines);
                Witness.set(namespace, commands.sysctls());
                namespace.call(() -> {
                    try (LinuxKernel kernel = LinuxKernel.open()) {
                        changeAndGoBack(kernel);
                    }
                    return true;
                });
            } finally {
                namespace.delete();
            }
        }

        private void changeAndGoBack(LinuxKernel kernel) {
            List<String> before = Witness.of(namespace);
            HostChange change;
            try {
                change = change(kernel, Found.untouched());
                assertThat(change.plan().isEmpty()).isFalse();
                change.requireWayBack();
            } catch (ConfigurationException | UnsupportedException refused) {
                ended("refused before: " + refused.getClass().getSimpleName());
                assertAs(before, "a refused change");
                return;
            }
            // Whether an announcement is sent decides nothing.
            List<Step> steps = change.plan().steps().stream()
                    .filter(step -> !(step instanceof Step.Announce))
                    .toList();
            int fail = random.nextInt(steps.size());
            KernelException failure = make(failingAt(steps.get(fail), kernel), change);
            if (failure == null) {
                throw new AssertionError("step " + fail + " was not made");
            }
            assertAs(
                    before,
                    "failed at step %d (%s)\n%s".formatted(fail, steps.get(fail).command(), failure.getMessage()));

            change = change(kernel, Found.untouched());
            failure = make(kernel, change);
            if (failure != null) {
                ended("refused by the kernel: " + errno(failure.getMessage()));
                assertAs(before, "refused by the kernel: " + failure.getMessage());
                return;
            }
            assertThat(change(kernel, change.found()).plan().toString())
                    .as("second plan, of\n%s", text)
                    .isEmpty();
            HostChange back = HostChange.back(kernel, change.found());
            assertThat(make(kernel, back)).isNull();
            assertAs(before, "down, after\n%s\nby\n%s".formatted(change.plan(), back.plan()));
            ended("applied and given back");
        }

        private HostChange change(LinuxKernel kernel, Found found) {
            return HostChange.to(HostFile.parse("host.yaml", text), kernel, found, false);
        }

        private KernelException make(Kernel kernel, HostChange change) {
            try (StateDirectory.Lock _ = directory.lock()) {
                var _ = new Transaction(directory, kernel, () -> () -> {}, step -> {}, InstantSource.system())
                        .run(change, new Journal.Outcome(change.found(), text), () -> {}, Optional.empty());
                return null;
            } catch (KernelException refused) {
                return refused;
            } catch (OnlinkException failed) {
                throw new AssertionError(failed.getMessage() + "\nin the plan\n" + change.plan(), failed);
            }
        }

        private void assertAs(List<String> before, String when) {
            assertThat(Witness.difference(before, Witness.of(namespace)))
                    .as("after %s", when)
                    .isEmpty();
        }
    }

    private static String errno(String message) {
        return message.replaceAll("(?s).*?\\b(E[A-Z]{3,})\\b.*", "$1");
    }

    private static void ended(String how) {
        ENDINGS.merge(how, 1, Integer::sum);
    }

    /** The kernel, which refuses one step once. */
    private static Kernel failingAt(Step failing, LinuxKernel kernel) {
        return new ForwardingKernel(kernel) {
            private boolean failed;

            @Override
            public void perform(Step step) {
                if (!failed && step.equals(failing)) {
                    failed = true;
                    throw new KernelException(step.command(), 5, "EIO (made to fail by the test)");
                }
                super.perform(step);
            }
        };
    }
}
