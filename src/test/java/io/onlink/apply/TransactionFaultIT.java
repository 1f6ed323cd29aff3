package io.onlink.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onlink.coexistence.Instructions;
import io.onlink.desired.Found;
import io.onlink.hostfile.HostFile;
import io.onlink.kernel.Kernel;
import io.onlink.kernel.LinuxKernel;
import io.onlink.libc.TestNamespace;
import io.onlink.model.NetworkState;
import io.onlink.plan.Plan;
import io.onlink.step.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever dies in the middle of a change, after whichever step: the host ends as it was, or as was confirmed. Real kernel,
 * real processes. Needs root.
 */
class TransactionFaultIT {
    private static final String ONE_BRIDGE = """
            version: 1
            segments:
              Service-Segment:
                bridge: br0
                uplink: eth0
                addresses: [192.168.22.217/24, "2001:470:fe36:face::217:1/64"]
                routes:
                  - { to: default, via: 192.168.22.1 }
                  - { to: default, via: "2001:470:fe36:face::1" }
            """;

    /** Another name, another address, another router. */
    private static final String OTHER_BRIDGE = """
            version: 1
            segments:
              Service-Segment:
                bridge: lan0
                uplink: eth0
                addresses: [192.168.22.219/24, "2001:470:fe36:face::219:1/64"]
                routes:
                  - { to: default, via: 192.168.22.2 }
                  - { to: default, via: "2001:470:fe36:face::2" }
            """;

    /** Of the change from a plain NIC to {@link #ONE_BRIDGE}. */
    private static final int STEPS = 23;

    private final TestNamespace namespace = new TestNamespace();
    private final LinuxKernel kernel = namespace.call(LinuxKernel::open);

    @TempDir
    private Path temporary;

    private StateDirectory directory;

    @BeforeEach
    void aHostWithOneNic() {
        directory = new StateDirectory(temporary.resolve("state"));
        namespace.ip("link set lo up");
        namespace.ip("link add eth0 address 00:50:56:00:22:d9 type veth peer name switch");
        namespace.ip("link set switch up");
        namespace.ip("link set eth0 up");
        namespace.ip("addr add 192.168.22.217/24 broadcast 192.168.22.255 dev eth0");
        namespace.ip("addr add 2001:470:fe36:face::217:1/64 dev eth0 nodad");
        namespace.ip("route add default via 192.168.22.1 dev eth0");
        namespace.ip("-6 route add default via 2001:470:fe36:face::1 dev eth0");
    }

    @AfterEach
    void close() {
        kernel.close();
        namespace.close();
    }

    @Test
    void powerLossAfterEveryStepOfApply() {
        NetworkState before = kernel.observe();
        int steps = change(ONE_BRIDGE).plan().steps().size();
        assertThat(steps).isEqualTo(STEPS);
        for (int done = 0; done <= steps; done++) {
            abandon(change(ONE_BRIDGE), ONE_BRIDGE, done);
            assertThat(settle()).contains(Settlement.Ending.TAKEN_BACK);
            assertSameAs(before);
            assertThat(directory.readFound()).isEqualTo(Found.untouched());
            assertThat(directory.readApplied()).isEmpty();
        }
    }

    @Test
    void powerLossAfterEveryStepFromOneFileToAnother() {
        run(change(ONE_BRIDGE), ONE_BRIDGE);
        NetworkState before = kernel.observe();
        int steps = change(OTHER_BRIDGE).plan().steps().size();
        assertThat(steps).isGreaterThan(10);
        for (int done = 0; done <= steps; done++) {
            abandon(change(OTHER_BRIDGE), OTHER_BRIDGE, done);
            assertThat(settle()).contains(Settlement.Ending.TAKEN_BACK);
            assertSameAs(before);
            assertThat(directory.readApplied()).contains(ONE_BRIDGE);
        }
    }

    @Test
    void powerLossAfterEveryStepOfDown() {
        NetworkState found = kernel.observe();
        run(change(ONE_BRIDGE), ONE_BRIDGE);
        NetworkState before = kernel.observe();
        int steps =
                HostChange.back(kernel, directory.readFound()).plan().steps().size();
        for (int done = 0; done <= steps; done++) {
            abandon(HostChange.back(kernel, directory.readFound()), null, done);
            assertThat(settle()).contains(Settlement.Ending.TAKEN_BACK);
            assertSameAs(before);
        }
        run(HostChange.back(kernel, directory.readFound()), null);
        assertSameAs(found);
    }

    @Test
    void whatIsCommittedStaysWhateverDiesNext() {
        HostChange change = change(ONE_BRIDGE);
        abandon(change, ONE_BRIDGE, change.plan().steps().size());
        Journal open = directory.readJournal().orElseThrow();
        directory.writeJournal(open.committed());
        assertThat(settle()).contains(Settlement.Ending.STAYED);
        assertThat(directory.readApplied()).contains(ONE_BRIDGE);
        assertThat(directory.readFound()).isEqualTo(change.found());
        assertThat(change(ONE_BRIDGE).plan().steps()).isEmpty();
    }

    @Test
    void aLinkThatOthersMadeMeanwhileStays() {
        HostChange change = change(ONE_BRIDGE);
        abandon(change, ONE_BRIDGE, change.plan().steps().size() / 2);
        namespace.ip("link add docker0 type bridge");
        namespace.ip("addr add 172.17.0.1/16 dev docker0");
        assertThat(settle()).contains(Settlement.Ending.TAKEN_BACK);
        assertThat(namespace.ip("addr show docker0")).contains("172.17.0.1/16");
    }

    @Test
    void afterARebootThereIsNothingToTakeBack() {
        HostChange change = change(ONE_BRIDGE);
        abandon(change, ONE_BRIDGE, change.plan().steps().size());
        Journal open = directory.readJournal().orElseThrow();
        directory.writeJournal(new Journal(
                open.id(),
                "another boot",
                open.started(),
                open.back(),
                open.foundBefore(),
                open.outcome(),
                open.phase(),
                Instructions.none(),
                null,
                null));
        assertThat(settle()).contains(Settlement.Ending.REBOOTED);
        assertThat(directory.readFound()).isEqualTo(Found.untouched());
        assertThat(directory.readJournal()).isEmpty();
    }

    @Test
    void nobodyConfirms() throws InterruptedException {
        NetworkState before = kernel.observe();
        HostChange change = change(ONE_BRIDGE);
        Optional<Journal> waiting = inNamespace(() -> transaction(kernel)
                .run(change, outcome(change, ONE_BRIDGE), () -> {}, Optional.of(Duration.ofMillis(1))));
        assertThat(waiting).get().extracting(Journal::phase).isEqualTo(Journal.Phase.WAITING);
        assertThat(change(ONE_BRIDGE).plan().steps()).isEmpty();
        inNamespace(() -> {
            new Guard(
                            directory,
                            kernel,
                            Optional.empty(),
                            InstantSource.fixed(Instant.now().plusSeconds(1)))
                    .watch(java.io.InputStream.nullInputStream());
            return true;
        });
        assertSameAs(before);
        assertThat(directory.readJournal()).isEmpty();
    }

    static IntStream everyStep() {
        return IntStream.range(0, STEPS);
    }

    @ParameterizedTest
    @MethodSource("everyStep")
    void theOneWhoAppliesIsKilled(int after) throws IOException, InterruptedException {
        NetworkState before = kernel.observe();
        assertThat(die(after)).isEqualTo(137);
        awaitTheEnd();
        assertSameAs(before);
    }

    @ParameterizedTest
    @MethodSource("everyStep")
    void theTimerIsKilledToo(int after) throws IOException, InterruptedException {
        NetworkState before = kernel.observe();
        Process applying = start(after);
        // The timer is killed as soon as it is seen; whether before or after the one it watches does not matter.
        killGuard(applying);
        assertThat(applying.waitFor()).isEqualTo(137);
        killGuard(applying);
        if (directory.readJournal().isPresent()) {
            assertThat(settle()).contains(Settlement.Ending.TAKEN_BACK);
        }
        assertSameAs(before);
    }

    @Test
    void theTimerAloneIsKilled() throws IOException, InterruptedException {
        Process applying = start(Integer.MAX_VALUE);
        killGuard(applying);
        assertThat(applying.waitFor()).isZero();
        assertThat(directory.readApplied()).contains(ONE_BRIDGE);
        assertThat(change(ONE_BRIDGE).plan().steps()).isEmpty();
    }

    @Test
    void aFailedVerificationTakesTheChangeBackAtOnce() {
        NetworkState before = kernel.observe();
        HostChange change = change(ONE_BRIDGE);
        assertThatThrownBy(() -> inNamespace(() -> transaction(kernel)
                        .run(
                                change,
                                outcome(change, ONE_BRIDGE),
                                () -> {
                                    throw new io.onlink.failure.VerificationException("the router does not answer");
                                },
                                Optional.empty())))
                .hasMessageContaining("the router does not answer")
                .hasMessageContaining("\nthe host is as it was before");
        assertSameAs(before);
        assertThat(directory.readJournal()).isEmpty();
    }

    private HostChange change(String text) {
        return inNamespace(
                () -> HostChange.to(HostFile.parse("host.yaml", text), kernel, directory.readFound(), false));
    }

    private static Journal.Outcome outcome(HostChange change, String applied) {
        return new Journal.Outcome(applied == null ? Found.untouched() : change.found(), applied);
    }

    private Transaction transaction(Kernel through) {
        return new Transaction(directory, through, () -> () -> {}, step -> {}, InstantSource.system());
    }

    private void run(HostChange change, String applied) {
        assertThat(inNamespace(
                        () -> transaction(kernel).run(change, outcome(change, applied), () -> {}, Optional.empty())))
                .isEmpty();
    }

    /** As a power cut leaves it: so many steps done, the journal on disk, no process. */
    private void abandon(HostChange change, String applied, int steps) {
        Kernel dying = new Kernel() {
            private int left = steps;

            @Override
            public NetworkState observe() {
                throw new PowerLoss();
            }

            @Override
            public void perform(Step step) {
                if (left-- == 0) {
                    throw new PowerLoss();
                }
                kernel.perform(step);
            }

            @Override
            public java.util.Set<io.onlink.step.Feature> features() {
                return kernel.features();
            }

            @Override
            public boolean supportsLinkKind(String kind) {
                return kernel.supportsLinkKind(kind);
            }
        };
        assertThatThrownBy(() -> inNamespace(
                        () -> transaction(dying).run(change, outcome(change, applied), () -> {}, Optional.empty())))
                .isInstanceOf(PowerLoss.class);
    }

    private Optional<Settlement.Ending> settle() {
        return inNamespace(() -> new Settlement(directory, kernel, step -> {}).settle());
    }

    private void assertSameAs(NetworkState expected) {
        NetworkState now = kernel.observe();
        assertThat(Plan.between(now, expected).toString()).isEmpty();
        assertThat(Plan.between(expected, now).toString()).isEmpty();
        assertThat(now.links()).isEqualTo(expected.links());
        assertThat(now.sysctls()).isEqualTo(expected.sysctls());
    }

    private int die(int after) throws IOException, InterruptedException {
        return start(after).waitFor();
    }

    private Process start(int after) throws IOException {
        Path file = temporary.resolve("host.yaml");
        Files.writeString(file, ONE_BRIDGE);
        return new ProcessBuilder(
                        "nsenter",
                        "--net=/run/netns/" + namespace.name(),
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        DyingApply.class.getName(),
                        directory.path().toString(),
                        file.toString(),
                        Integer.toString(after))
                .inheritIO()
                .start();
    }

    /** The guard names our state directory: nobody else's does. */
    private void killGuard(Process applying) throws InterruptedException {
        for (int look = 0; look < 200; look++) {
            List<ProcessHandle> guards = guards().toList();
            guards.forEach(ProcessHandle::destroyForcibly);
            // What it has asked of the kernel is done before it is gone.
            guards.forEach(guard -> guard.onExit().join());
            if (!guards.isEmpty() || !applying.isAlive()) {
                return;
            }
            Thread.sleep(10);
        }
    }

    private Stream<ProcessHandle> guards() {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info()
                        .commandLine()
                        .filter(line -> line.contains(" guard ")
                                && line.contains(directory.path().toString()))
                        .isPresent());
    }

    private void awaitTheEnd() throws InterruptedException {
        for (int look = 0; look < 100 && directory.readJournal().isPresent(); look++) {
            Thread.sleep(100);
        }
        assertThat(directory.readJournal()).isEmpty();
    }

    private <T> T inNamespace(java.util.concurrent.Callable<T> task) {
        try {
            return namespace.call(task::call);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** Nothing after it is done: no handler of failures takes it for one. */
    private static final class PowerLoss extends Error {
        private static final long serialVersionUID = 1L;
    }
}
