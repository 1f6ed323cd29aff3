package io.onlink.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onlink.failure.ConfigurationException;
import io.onlink.failure.VerificationException;
import io.onlink.model.Address;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.NetworkState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

/** The way back where the clock is wrong, another program does not obey, or the disk is full. */
class SettlementTest {
    private static final Address.Lifetime HOUR = new Address.Lifetime(3_600, 3_600);
    private static final Duration TWO_HOURS = Duration.ofHours(2);
    private static final NetworkState LEASED = WaitingChange.host(HOUR);

    @TempDir
    private Path directory;

    @Test
    void aClockThatIsSetForwardTakesNoAddress() {
        WaitingChange change = WaitingChange.of(LEASED, directory, Instant.now().minus(TWO_HOURS));
        assertThat(change.settlement().settle()).contains(Settlement.Ending.TAKEN_BACK);
        assertThat(change.addressesOfTheNic()).singleElement().satisfies(address -> {
            assertThat(address.address()).isEqualTo(WaitingChange.ADDRESS);
            assertThat(address.lifetime().valid()).isGreaterThan(3_000);
        });
    }

    @Test
    void whatRunsOutMeanwhileIsGoneOnlyIfARouterTellsOfItAgain() {
        Address learned = Address.permanent("eth0", InterfaceAddress.parse("2001:db8::11/64"))
                .withFlags(Address.Flag.MANAGE_TEMPORARY)
                .withProtocol(Address.PROTOCOL_KERNEL_ROUTER_ADVERTISEMENT)
                .withLifetime(HOUR);
        WaitingChange change = WaitingChange.of(WaitingChange.host(HOUR, learned), directory, Instant.now());
        change.kernel.tick(TWO_HOURS.toSeconds());
        assertThat(change.settlementAfter(TWO_HOURS).settle()).contains(Settlement.Ending.TAKEN_BACK);
        assertThat(change.addressesOfTheNic()).singleElement().satisfies(address -> {
            assertThat(address.address()).isEqualTo(WaitingChange.ADDRESS);
            assertThat(address.lifetime()).isEqualTo(new Address.Lifetime(300, 300));
        });
    }

    /** As written by the version before. */
    @Test
    void aJournalWithoutUptimesAgesNothing() throws IOException {
        WaitingChange change = WaitingChange.of(LEASED, directory, Instant.now().minus(TWO_HOURS));
        Path file = directory.resolve("journal.json");
        ObjectNode old = (ObjectNode) StateJson.mapper().readTree(Files.readString(file));
        assertThat(old.remove(List.of("begun", "due"))).isNotNull();
        Files.writeString(file, old.toString());
        Journal journal = change.state.readJournal().orElseThrow();
        assertThat(journal.isWaiting(new Moment(journal.network().boot(), Duration.ofDays(99), Instant.EPOCH)))
                .isTrue();
        assertThat(journal.isWaiting(Moment.now())).isFalse();
        assertThat(change.settlement().settle()).contains(Settlement.Ending.TAKEN_BACK);
        assertThat(change.addressesOfTheNic()).extracting(Address::lifetime).containsExactly(HOUR);
    }

    @Test
    void theTimeForAnAnswerIsTheKernelsOfTheSameBoot() {
        Instant start = Instant.now();
        Journal journal =
                WaitingChange.of(LEASED, directory, start).state.readJournal().orElseThrow();
        Duration made = journal.made();
        assertThat(made).isNotNull();
        String boot = journal.network().boot();
        Duration over = made.plus(WaitingChange.CONFIRMATION);
        assertThat(journal.isWaiting(new Moment(boot, over.minusMillis(1), start.plus(TWO_HOURS))))
                .isTrue();
        assertThat(journal.isWaiting(new Moment(boot, over, start.minus(TWO_HOURS))))
                .isFalse();
        assertThat(journal.isWaiting(new Moment("another boot", over, start.minus(TWO_HOURS))))
                .isTrue();
    }

    @Test
    void whoCannotBeToldKeepsNoHostCutOff() {
        WaitingChange change =
                WaitingChange.withTheNicGivenBackToNetworkd(WaitingChange.host(Address.Lifetime.FOREVER), directory);
        change.host.setStubborn(true);
        Settlement settlement = change.settlement();
        assertThatThrownBy(settlement::settle)
                .isInstanceOf(VerificationException.class)
                .hasMessageContaining("are as they were before, but other programs are not told")
                .hasMessageContaining("systemd-networkd.service")
                .hasMessageContaining("onlink rollback");
        assertThat(change.addressesOfTheNic()).extracting(Address::address).containsExactly(WaitingChange.ADDRESS);
        assertThat(change.state.readJournal()).isPresent();

        change.host.setStubborn(false);
        assertThat(settlement.settle()).contains(Settlement.Ending.TAKEN_BACK);
        assertThat(change.host.files()).isOne();
        assertThat(change.state.readJournal()).isEmpty();
    }

    @Test
    void aFullDiskHasNobodyRestartedAgain() {
        WaitingChange change = WaitingChange.withNetworkdTold(WaitingChange.host(Address.Lifetime.FOREVER), directory);
        assertThat(change.host.restarts()).hasSize(1);
        change.diskIsFull = true;
        Settlement settlement = change.settlement();
        for (int look = 0; look < 10; look++) {
            assertThatThrownBy(settlement::settle)
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("the host is as it was before, but that cannot be written down")
                    .hasMessageContaining("No space left on device");
        }
        assertThat(change.host.restarts()).hasSize(2);
        assertThat(change.addressesOfTheNic()).extracting(Address::address).containsExactly(WaitingChange.ADDRESS);

        change.diskIsFull = false;
        assertThat(settlement.settle()).contains(Settlement.Ending.TAKEN_BACK);
        assertThat(change.host.restarts()).hasSize(2);
        assertThat(change.state.readJournal()).isEmpty();
    }
}
