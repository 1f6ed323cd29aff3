package io.onlink.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.load.JournalEntry.Away;
import io.onlink.load.JournalEntry.Forgotten;
import io.onlink.load.JournalEntry.LinkLost;
import io.onlink.load.PluginCall.Kind;
import io.onlink.load.PluginCall.Outcome;
import io.onlink.model.AddressRange;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The checker finds the faults that are planted in a journal, and none where there is none. */
class JournalCheckerTest {
    private static final long SECOND = 1_000_000_000;
    private static final IpAddress FIRST = IpAddress.parse("10.0.0.10");
    private static final IpAddress SECOND_ADDRESS = IpAddress.parse("10.0.0.11");

    private final CallJournal journal = new CallJournal();
    private final JournalChecker checker = new JournalChecker(
            List.of(new Terms(
                    "lan",
                    IpNetwork.parse("10.0.0.0/24"),
                    AddressRange.parse("10.0.0.10-10.0.0.20"),
                    Set.of(IpAddress.parse("10.0.0.1"), IpAddress.parse("10.0.0.15")))),
            Duration.ofSeconds(10));

    @Test
    void oneAfterTheOther() {
        live(1, 0);
        live(2, 10);
        assertThat(checker.problems(journal)).isEmpty();
    }

    @Test
    void anAddressOfARunningContainerIsGivenAgain() {
        live(1, 0);
        claim(2, FIRST, 3);
        assertThat(checker.problems(journal))
                .singleElement()
                .asString()
                .isEqualTo("given twice: lan 10.0.0.10 to life 1 and to life 2");
    }

    @Test
    void anAddressOfOneThatRunsForLongIsGivenAgain() {
        claim(1, FIRST, 0);
        answered(Kind.CREATE_ENDPOINT, 1, 1);
        answered(Kind.JOIN, 1, 2);
        claim(2, FIRST, 500);
        assertThat(checker.problems(journal)).singleElement().asString().startsWith("given twice");
    }

    @Test
    void anAddressIsGivenAgainBeforeItsEndpointIsMade() {
        claim(1, FIRST, 0);
        claim(2, FIRST, 2);
        answered(Kind.CREATE_ENDPOINT, 1, 4);
        assertThat(checker.problems(journal)).singleElement().asString().startsWith("given twice");
    }

    /** The engine has it until it deletes the endpoint. */
    @Test
    void anAddressIsGivenAgainBetweenLeaveAndDelete() {
        claim(1, FIRST, 0);
        answered(Kind.CREATE_ENDPOINT, 1, 1);
        answered(Kind.JOIN, 1, 2);
        answered(Kind.LEAVE, 1, 100);
        claim(2, FIRST, 101);
        answered(Kind.DELETE_ENDPOINT, 1, 102);
        release(1, FIRST, 103);
        assertThat(checker.problems(journal)).singleElement().asString().startsWith("given twice");
    }

    @Test
    void whoClaimsAndDoesNotGoOnHasNothingAfterHalfAMinute() {
        claim(1, FIRST, 0);
        claim(2, FIRST, 31);
        assertThat(checker.problems(journal)).isEmpty();
    }

    /** Whoever comes second is refused by CreateEndpoint. */
    @Test
    void anEndpointOfAPromiseThatLapsed() {
        claim(1, FIRST, 0);
        claim(2, FIRST, 31);
        answered(Kind.CREATE_ENDPOINT, 1, 32);
        add(Kind.CREATE_ENDPOINT, 2, null, 33 * SECOND, 34 * SECOND, Outcome.REFUSED, null);
        release(2, FIRST, 35);
        assertThat(checker.problems(journal)).isEmpty();
    }

    @Test
    void twoEndpointsOfAPromiseThatLapsed() {
        claim(1, FIRST, 0);
        claim(2, FIRST, 31);
        answered(Kind.CREATE_ENDPOINT, 1, 32);
        answered(Kind.CREATE_ENDPOINT, 2, 33);
        release(2, FIRST, 35);
        assertThat(checker.problems(journal)).singleElement().asString().startsWith("given twice");
    }

    @Test
    void whatADeadEngineForgotIsFree() {
        claim(1, FIRST, 0);
        answered(Kind.CREATE_ENDPOINT, 1, 1);
        answered(Kind.JOIN, 1, 2);
        journal.add(new Forgotten(1, 4 * SECOND));
        claim(2, FIRST, 5);
        assertThat(checker.problems(journal)).isEmpty();
    }

    @Test
    void aContainerWithoutItsLinkIsDead() {
        claim(1, FIRST, 0);
        answered(Kind.JOIN, 1, 2);
        journal.add(new LinkLost(1, 4 * SECOND));
        claim(2, FIRST, 5);
        assertThat(checker.problems(journal)).isEmpty();
    }

    /** It may have been released, though nobody heard so. */
    @Test
    void releasedFromTheBeginOfTheCallOn() {
        claim(1, FIRST, 0);
        add(Kind.RELEASE_ADDRESS, 1, FIRST, 2 * SECOND, 6 * SECOND, Outcome.REFUSED, null);
        claim(2, FIRST, 3);
        assertThat(checker.problems(journal)).isEmpty();
    }

    @Test
    void anAnswerIsLost() {
        add(Kind.JOIN, 1, null, SECOND, 2 * SECOND, Outcome.LOST, null);
        assertThat(checker.problems(journal)).singleElement().asString().startsWith("no answer");
    }

    @Test
    void anAnswerIsLostWithTheAgent() {
        add(Kind.JOIN, 1, null, SECOND, 3 * SECOND, Outcome.LOST, null);
        journal.add(new Away(2 * SECOND, 4 * SECOND));
        assertThat(checker.problems(journal)).isEmpty();
    }

    @Test
    void nobodyListensThoughTheAgentIsThere() {
        add(Kind.JOIN, 1, null, SECOND, 2 * SECOND, Outcome.NOT_CONNECTED, null);
        journal.add(new Away(3 * SECOND, 4 * SECOND));
        assertThat(checker.problems(journal)).singleElement().asString().startsWith("not taken");
    }

    @Test
    void anAnswerComesLate() {
        add(Kind.LEAVE, 1, null, SECOND, 12 * SECOND, Outcome.REFUSED, null);
        assertThat(checker.problems(journal)).singleElement().asString().startsWith("took 11.0 s");
    }

    @Test
    void aBugConfesses() {
        add(Kind.LEAVE, 1, null, SECOND, 2 * SECOND, Outcome.WRONG, null);
        assertThat(checker.problems(journal)).singleElement().asString().startsWith("wrong answer");
    }

    @Test
    void anAddressOutsideThePool() {
        claim(1, IpAddress.parse("10.0.0.30"), 0);
        assertThat(checker.problems(journal)).singleElement().asString().startsWith("an address that the host file");
    }

    @Test
    void anAddressOfTheHost() {
        claim(1, IpAddress.parse("10.0.0.15"), 0);
        assertThat(checker.problems(journal)).singleElement().asString().startsWith("an address that the host file");
    }

    @Test
    void anotherThanWasAskedFor() {
        add(Kind.REQUEST_ADDRESS, 1, SECOND_ADDRESS, 0, 1, Outcome.ANSWERED, new InterfaceAddress(FIRST, 24));
        assertThat(checker.problems(journal)).singleElement().asString().startsWith("another address");
    }

    @Test
    void aWrongPrefix() {
        add(Kind.REQUEST_ADDRESS, 1, FIRST, 0, 1, Outcome.ANSWERED, new InterfaceAddress(FIRST, 16));
        assertThat(checker.problems(journal)).singleElement().asString().startsWith("an address that the host file");
    }

    @Test
    void aLeak() {
        Remains remains = new Remains(List.of("onl00000000001"), List.of(), List.of("10.0.0.10"), List.of(), List.of());
        assertThat(remains.leaks()).containsExactly("leaked: link onl00000000001", "leaked: lease 10.0.0.10");
        assertThat(new Remains(List.of(), List.of(), List.of(), List.of(), List.of()).leaks())
                .isEmpty();
    }

    @Test
    void theMostAtOnce() {
        add(Kind.JOIN, 1, null, 1, 5, Outcome.ANSWERED, null);
        add(Kind.JOIN, 2, null, 2, 4, Outcome.ABANDONED, null);
        add(Kind.JOIN, 3, null, 4, 6, Outcome.ANSWERED, null);
        add(Kind.JOIN, 4, null, 3, 6, Outcome.NOT_CONNECTED, null);
        assertThat(journal.mostAtOnce()).isEqualTo(2);
    }

    /** Eight seconds with the first address. */
    private void live(int life, long start) {
        claim(life, FIRST, start);
        answered(Kind.CREATE_ENDPOINT, life, start + 1);
        answered(Kind.JOIN, life, start + 2);
        answered(Kind.LEAVE, life, start + 6);
        answered(Kind.DELETE_ENDPOINT, life, start + 7);
        release(life, FIRST, start + 8);
    }

    private void claim(int life, IpAddress given, long second) {
        add(
                Kind.REQUEST_ADDRESS,
                life,
                null,
                second * SECOND,
                second * SECOND + 1,
                Outcome.ANSWERED,
                new InterfaceAddress(given, 24));
    }

    private void answered(Kind kind, int life, long second) {
        add(kind, life, null, second * SECOND, second * SECOND + 1, Outcome.ANSWERED, null);
    }

    private void release(int life, IpAddress address, long second) {
        add(Kind.RELEASE_ADDRESS, life, address, second * SECOND, second * SECOND + 1, Outcome.ANSWERED, null);
    }

    private void add(
            Kind kind, int life, IpAddress address, long begin, long end, Outcome outcome, InterfaceAddress given) {
        journal.add(new PluginCall(kind, life, "lan", address, begin, end, outcome, given, ""));
    }
}
