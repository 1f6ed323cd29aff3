package io.onlink.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onlink.failure.ConfigurationException;
import io.onlink.failure.KernelException;
import io.onlink.kernel.ForwardingKernel;
import io.onlink.kernel.Kernel;
import io.onlink.libc.TestNamespace;
import io.onlink.model.Address;
import io.onlink.model.NetworkState;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who takes a change back that nobody confirmed, and what may not keep him from it. Real namespaces, for their locks. Needs root. */
@Timeout(60)
class SettlementIT {
    private static final Duration OVER = WaitingChange.CONFIRMATION.plusSeconds(1);
    private static final Duration TWO_HOURS = Duration.ofHours(2);

    private final TestNamespace host = new TestNamespace();
    private final TestNamespace another = new TestNamespace();

    @TempDir
    private Path directory;

    private WaitingChange change;

    @BeforeEach
    void nobodyConfirms() {
        NetworkState before = WaitingChange.host(Address.Lifetime.FOREVER);
        change = in(host, () -> WaitingChange.of(before, directory, Instant.now()));
    }

    @AfterEach
    void close() {
        host.close();
        another.close();
    }

    private static <T> T in(TestNamespace namespace, Callable<T> task) {
        try {
            return namespace.call(task::call);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private boolean isSettled(Settlement settlement, InstantSource clock) {
        return in(host, () -> settlement.settleIfDue(clock));
    }

    private void assertTakenBack() {
        assertThat(change.addressesOfTheNic()).extracting(Address::address).containsExactly(WaitingChange.ADDRESS);
    }

    @Test
    void aClockThatIsSetBackKeepsNoHostCutOff() {
        InstantSource fast = InstantSource.fixed(Instant.now().plus(TWO_HOURS));
        assertThat(isSettled(change.settlement(), fast)).isFalse();
        InstantSource slow = InstantSource.fixed(Instant.now().minus(TWO_HOURS));
        assertThat(isSettled(change.settlementAfter(OVER), slow)).isTrue();
        assertTakenBack();
    }

    @Test
    void aFailureDoesNotEndTheGuard() {
        AtomicInteger refusals = new AtomicInteger(3);
        Kernel refusing = new ForwardingKernel(change.kernel) {
            @Override
            public NetworkState observe() {
                if (refusals.getAndDecrement() > 0) {
                    throw new KernelException("reading the links", 105, "No buffer space available");
                }
                return super.observe();
            }
        };
        Duration over = Uptime.now().plus(OVER);
        Settlement settlement = change.settlement(refusing, () -> over, change.host.others());
        Guard guard = new Guard(settlement, Optional.empty(), InstantSource.system(), WaitingChange.CONFIRMATION);
        var _ = in(host, () -> {
            guard.watch(InputStream.nullInputStream());
            return true;
        });
        assertThat(refusals).hasNonPositiveValue();
        assertTakenBack();
        assertThat(change.state.readJournal()).isEmpty();
    }

    /** Its lock cannot be opened for writing, nor anything written. */
    @Test
    void aDiskThatTurnedReadOnlyKeepsNoHostCutOff() throws IOException {
        Path lock = directory.resolve("lock");
        Files.deleteIfExists(lock);
        Files.createDirectory(lock);
        change.diskIsFull = true;
        Settlement settlement = change.settlementAfter(OVER);
        assertThat(isSettled(settlement, InstantSource.system())).isFalse();
        assertTakenBack();
        assertThat(change.state.readJournal()).isPresent();

        Files.delete(lock);
        change.diskIsFull = false;
        assertThat(in(host, settlement::settle)).contains(Settlement.Ending.TAKEN_BACK);
        assertThat(change.state.readJournal()).isEmpty();
    }

    @Test
    void anotherNetworkIsNotTheOneToTakeBackAndIsNotRebooted() {
        assertThatThrownBy(() -> in(another, change.settlement()::settle))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("begun in another network namespace (net:[")
                .hasMessageContaining("--state-dir");
        assertThat(change.state.readJournal()).isPresent();
        assertThat(change.addressesOfTheNic()).isEmpty();
        assertThat(in(host, change.settlement()::settle)).contains(Settlement.Ending.TAKEN_BACK);
    }

    /** As that of a container, or of a lab's host, that was started anew: the boot is the same. */
    @Test
    void aNetworkThatIsGoneWasRebooted() {
        Path disk = directory.resolve("gone");
        TestNamespace gone = new TestNamespace();
        NetworkState before = WaitingChange.host(Address.Lifetime.FOREVER);
        WaitingChange lost = in(gone, () -> WaitingChange.of(before, disk, Instant.now()));
        gone.close();
        assertThat(in(another, lost.settlement()::settle)).contains(Settlement.Ending.REBOOTED);
        assertThat(lost.state.readJournal()).isEmpty();
    }
}
