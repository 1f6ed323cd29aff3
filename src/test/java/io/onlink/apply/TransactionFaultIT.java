package io.onlink.apply;

import static io.onlink.apply.OneNicHost.ONE_BRIDGE;
import static io.onlink.apply.OneNicHost.STEPS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onlink.coexistence.Instructions;
import io.onlink.desired.Found;
import io.onlink.failure.VerificationException;
import io.onlink.model.NetworkState;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
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

    /** What is applied where the host is given back. */
    private static final String DOWN = "";

    @TempDir
    private Path temporary;

    @AutoClose
    private OneNicHost host;

    private StateDirectory directory;

    @BeforeEach
    void aHostWithOneNic() {
        host = new OneNicHost(temporary);
        directory = host.directory();
    }

    @Test
    void powerLossAfterEveryStepOfApply() {
        NetworkState before = host.kernel().observe();
        int steps = host.change(ONE_BRIDGE).plan().steps().size();
        assertThat(steps).isEqualTo(STEPS);
        for (int done = 0; done <= steps; done++) {
            host.abandon(ONE_BRIDGE, done);
            assertThat(host.settle()).contains(Settlement.Ending.TAKEN_BACK);
            host.assertSameAs(before);
            assertThat(directory.readFound()).isEqualTo(Found.untouched());
            assertThat(directory.readApplied()).isEmpty();
        }
    }

    @Test
    void powerLossAfterEveryStepFromOneFileToAnother() {
        host.apply(ONE_BRIDGE);
        NetworkState before = host.kernel().observe();
        int steps = host.change(OTHER_BRIDGE).plan().steps().size();
        assertThat(steps).isGreaterThanOrEqualTo(10);
        for (int done = 0; done <= steps; done++) {
            host.abandon(OTHER_BRIDGE, done);
            assertThat(host.settle()).contains(Settlement.Ending.TAKEN_BACK);
            host.assertSameAs(before);
            assertThat(directory.readApplied()).contains(ONE_BRIDGE);
        }
    }

    @Test
    void powerLossAfterEveryStepOfDown() {
        NetworkState found = host.kernel().observe();
        host.apply(ONE_BRIDGE);
        NetworkState before = host.kernel().observe();
        int steps = host.change(DOWN).plan().steps().size();
        for (int done = 0; done <= steps; done++) {
            host.abandon(DOWN, done);
            assertThat(host.settle()).contains(Settlement.Ending.TAKEN_BACK);
            host.assertSameAs(before);
        }
        host.apply(DOWN);
        host.assertSameAs(found);
    }

    @Test
    void whatIsCommittedStaysWhateverDiesNext() {
        HostChange change = host.change(ONE_BRIDGE);
        host.abandon(ONE_BRIDGE, change.plan().steps().size());
        Journal open = directory.readJournal().orElseThrow();
        directory.writeJournal(open.committed());
        assertThat(host.settle()).contains(Settlement.Ending.STAYED);
        assertThat(directory.readApplied()).contains(ONE_BRIDGE);
        assertThat(directory.readFound()).isEqualTo(change.found());
        assertThat(host.change(ONE_BRIDGE).plan().steps()).isEmpty();
    }

    @Test
    void aLinkThatOthersMadeMeanwhileStays() {
        HostChange change = host.change(ONE_BRIDGE);
        host.abandon(ONE_BRIDGE, change.plan().steps().size() / 2);
        host.namespace().ip("link add docker0 type bridge");
        host.namespace().ip("addr add 172.17.0.1/16 dev docker0");
        assertThat(host.settle()).contains(Settlement.Ending.TAKEN_BACK);
        assertThat(host.namespace().ip("addr show docker0")).contains("172.17.0.1/16");
    }

    @Test
    void afterARebootThereIsNothingToTakeBack() {
        HostChange change = host.change(ONE_BRIDGE);
        host.abandon(ONE_BRIDGE, change.plan().steps().size());
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
                null,
                null,
                null));
        assertThat(host.settle()).contains(Settlement.Ending.REBOOTED);
        assertThat(directory.readFound()).isEqualTo(Found.untouched());
        assertThat(directory.readJournal()).isEmpty();
    }

    @Test
    void nobodyConfirms() throws InterruptedException {
        NetworkState before = host.kernel().observe();
        HostChange change = host.change(ONE_BRIDGE);
        Optional<Journal> waiting = host.in(() -> host.transaction()
                .run(change, OneNicHost.outcome(change, ONE_BRIDGE), () -> {}, Optional.of(Duration.ofMillis(1))));
        assertThat(waiting).get().extracting(Journal::phase).isEqualTo(Journal.Phase.WAITING);
        assertThat(host.change(ONE_BRIDGE).plan().steps()).isEmpty();
        host.in(() -> {
            new Guard(directory, host.kernel(), Optional.empty(), InstantSource.system())
                    .watch(InputStream.nullInputStream());
            return true;
        });
        host.assertSameAs(before);
        assertThat(directory.readJournal()).isEmpty();
    }

    static IntStream everyFifthStep() {
        return IntStream.rangeClosed(0, STEPS).filter(step -> step % 5 == 0);
    }

    @ParameterizedTest
    @MethodSource("io.onlink.apply.OneNicHost#everyStep")
    void theOneWhoAppliesIsKilled(int after) throws IOException, InterruptedException {
        NetworkState before = host.kernel().observe();
        assertThat(start(after).waitFor()).isEqualTo(137);
        host.awaitTheEndOfTheChange();
        host.assertSameAs(before);
    }

    @ParameterizedTest
    @MethodSource("io.onlink.apply.OneNicHost#everyStep")
    void theTimerIsKilledToo(int after) throws IOException, InterruptedException {
        NetworkState before = host.kernel().observe();
        assertThat(start(after, "both").waitFor()).isEqualTo(137);
        assertThat(host.settle()).contains(Settlement.Ending.TAKEN_BACK);
        host.assertSameAs(before);
    }

    @ParameterizedTest
    @MethodSource("everyFifthStep")
    void theTimerAloneIsKilled(int after) throws IOException, InterruptedException {
        assertThat(start(after, "guard").waitFor()).isZero();
        host.assertApplied(ONE_BRIDGE);
    }

    /** Of the timer too: it is in a session of its own, and goes on as an orphan. */
    @ParameterizedTest
    @MethodSource("everyFifthStep")
    void theWholeProcessGroupIsKilled(int after) throws IOException, InterruptedException {
        NetworkState before = host.kernel().observe();
        assertThat(start(after, "group").waitFor()).isEqualTo(137);
        host.awaitTheEndOfTheChange();
        host.assertSameAs(before);
    }

    @Test
    void aFailedVerificationTakesTheChangeBackAtOnce() {
        NetworkState before = host.kernel().observe();
        HostChange change = host.change(ONE_BRIDGE);
        assertThatThrownBy(() -> host.in(() -> host.transaction()
                        .run(
                                change,
                                OneNicHost.outcome(change, ONE_BRIDGE),
                                () -> {
                                    throw new VerificationException("the router does not answer");
                                },
                                Optional.empty())))
                .hasMessageContaining("the router does not answer")
                .hasMessageContaining("\nthe host is as it was before");
        host.assertSameAs(before);
        assertThat(directory.readJournal()).isEmpty();
    }

    private Process start(int after, String... what) throws IOException {
        List<String> arguments =
                new ArrayList<>(List.of(directory.path().toString(), host.file().toString(), Integer.toString(after)));
        arguments.addAll(List.of(what));
        ProcessBuilder builder = host.java(DyingApply.class.getName(), arguments.toArray(String[]::new))
                .inheritIO();
        // A process group of its own: nobody else's may die with it.
        builder.command().addFirst("setsid");
        return builder.start();
    }
}
