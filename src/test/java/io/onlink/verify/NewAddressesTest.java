package io.onlink.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.hostfile.HostFile;
import io.onlink.model.Address;
import io.onlink.model.Bridge;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.LinkAttributes;
import io.onlink.model.LinkStatus;
import io.onlink.model.LinkStatus.PortState;
import io.onlink.model.MacAddress;
import io.onlink.model.NetworkState;
import io.onlink.model.OtherLink;
import io.onlink.verify.Prober.Question;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which addresses of a file are asked for before a change, by which link, and what an answer is worth. */
class NewAddressesTest {
    private static final MacAddress NIC = MacAddress.parse("00:50:56:00:22:d9");
    private static final MacAddress SECOND_NIC = MacAddress.parse("00:50:56:00:22:da");
    private static final MacAddress ANOTHERS = MacAddress.parse("02:00:00:00:00:50");
    private static final HostFile FILE = HostFile.parse("host.yaml", """
            version: 1
            segments:
              Service-Segment:
                bridge: br0
                uplink: eth0
                addresses: [192.168.22.217/24, 192.168.22.50/24, "2001:db8::50/64"]
            ethernets:
              eth1:
                addresses: [192.168.52.50/24]
            """);
    private static final Target.Own FIFTY = new Target.Own(IpAddress.parse("192.168.22.50"), "eth0");
    private static final Target.Own OURS = new Target.Own(IpAddress.parse("192.168.22.217"), "eth0");

    @Test
    void whatTheHostHasNotIsAskedForByTheLinkThatIsOnTheLan() {
        assertThat(NewAddresses.of(FILE, onNic().build()).questions())
                .extracting(Question::probe)
                .containsExactly(
                        new Probe.Solicitation("eth0", 2, NIC, IpAddress.parse("0.0.0.0"), FIFTY.ip()),
                        new Probe.Solicitation(
                                "eth1", 3, SECOND_NIC, IpAddress.parse("0.0.0.0"), IpAddress.parse("192.168.52.50")));
    }

    @Test
    void whereTheBridgeIsThereItAsks() {
        NetworkState.Builder state = onNic();
        link(state, "eth0", "br0", 2, NIC, null);
        state.status.put("eth0", new LinkStatus(2, true, PortState.FORWARDING));
        state.put(new Bridge(LinkAttributes.named("br0").withMac(NIC).withUp(true), Bridge.Options.SEGMENT));
        state.status.put("br0", new LinkStatus(4, true, null));
        assertThat(NewAddresses.of(FILE, state.build()).questions())
                .extracting(question -> ((Target.Own) question.target()).link())
                .containsExactly("br0", "eth1");
    }

    @Test
    void anAddressThatOnlyMovesIsNotAskedFor() {
        NetworkState.Builder state = onNic();
        state.addresses.add(Address.permanent("eth1", InterfaceAddress.parse("192.168.22.50/24")));
        state.addresses.add(Address.permanent("eth0", InterfaceAddress.parse("192.168.52.50/24")));
        assertThat(NewAddresses.of(FILE, state.build()).questions()).isEmpty();
    }

    @Test
    void aLinkWithoutCarrierOrThatIsNotThereIsNotAsked() {
        NetworkState.Builder state = onNic();
        state.status.put("eth0", new LinkStatus(2, false, null));
        state.remove("eth1");
        assertThat(NewAddresses.of(FILE, state.build()).questions()).isEmpty();
    }

    @Test
    void whoAnswersHasIt() {
        NetworkState state = onNic().build();
        NewAddresses added = NewAddresses.of(FILE, state);
        List<Outcome> outcomes = List.of(answered(state, FIFTY, ANOTHERS));
        Holders holders = Holders.of(state, outcomes);
        assertThat(added.taken(holders))
                .containsExactly(
                        new Baseline.Taken(
                                FIFTY.ip(),
                                "host.yaml:3:3: segments.Service-Segment: another machine on the LAN has 192.168.22.50/24: 02:00:00:00:00:50 answered an ARP probe on eth0; give one of the two another address (the switch's table says at which port that MAC address is)"));
        assertThat(added.notes(holders)).isEmpty();
        assertThat(added.asked(outcomes)).containsExactly(FIFTY.ip());
    }

    @Test
    void theHostsOwnAnswerIsNone() {
        NetworkState state = onNic().build();
        Holders holders = Holders.of(state, List.of(answered(state, FIFTY, SECOND_NIC)));
        assertThat(NewAddresses.of(FILE, state).taken(holders)).isEmpty();
        assertThat(holders.controls(NewAddresses.own(state))).isEmpty();
    }

    @Test
    void whoAnswersForTheHostsOwnAddressTooIsNotBelieved() {
        NetworkState state = onNic().build();
        NewAddresses added = NewAddresses.of(FILE, state);
        Holders holders = Holders.of(state, List.of(answered(state, FIFTY, ANOTHERS)));
        assertThat(holders.controls(NewAddresses.own(state)))
                .extracting(Question::target)
                .containsExactly(OURS);

        Holders silent = holders.with(List.of(outcome(state, OURS, new Reply.Silence())));
        assertThat(added.taken(silent)).hasSize(1);
        Holders another = holders.with(List.of(answered(state, OURS, MacAddress.parse("02:00:00:00:00:51"))));
        assertThat(added.taken(another)).hasSize(1);

        Holders proxy = holders.with(List.of(answered(state, OURS, ANOTHERS)));
        assertThat(added.taken(proxy)).isEmpty();
        assertThat(added.notes(proxy))
                .containsExactly(
                        "192.168.22.50/24 on eth0: whether another machine has it is not known, as 02:00:00:00:00:50 answers for every address there (local proxy ARP)");
    }

    @Test
    void whatCouldNotBeSentWasNotAsked() {
        NetworkState state = onNic().build();
        assertThat(NewAddresses.of(FILE, state)
                        .asked(List.of(outcome(state, FIFTY, new Reply.Refused("this host says: ENETDOWN")))))
                .isEmpty();
    }

    private static Outcome answered(NetworkState state, Target.Own target, MacAddress mac) {
        return outcome(state, target, new Reply.Answered(mac));
    }

    private static Outcome outcome(NetworkState state, Target.Own target, Reply reply) {
        return new Outcome(target, new Resolution(state).probe(target), reply);
    }

    private static NetworkState.Builder onNic() {
        NetworkState.Builder state = new NetworkState.Builder();
        link(state, "eth0", null, 2, NIC, "192.168.22.217/24");
        link(state, "eth1", null, 3, SECOND_NIC, null);
        return state;
    }

    private static void link(
            NetworkState.Builder state,
            String name,
            @Nullable String master,
            int index,
            MacAddress mac,
            @Nullable String address) {
        state.put(new OtherLink(
                LinkAttributes.named(name).withMac(mac).withUp(true).withMaster(master), ""));
        state.status.put(name, new LinkStatus(index, true, null));
        if (address != null) {
            state.addresses.add(Address.permanent(name, InterfaceAddress.parse(address)));
        }
    }
}
