package io.onlink.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onlink.coexistence.Claim;
import io.onlink.coexistence.DhcpClient;
import io.onlink.coexistence.FileContent;
import io.onlink.coexistence.Instruction;
import io.onlink.coexistence.Program;
import io.onlink.coexistence.Survey;
import io.onlink.failure.ConfigurationException;
import io.onlink.hostfile.HostFile;
import io.onlink.model.Address;
import io.onlink.model.Address.Lifetime;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.NetworkState;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which addresses are refused for being lent, and what is said to do. */
class LeasedAddressesTest {
    private static final String FILE = """
            version: 1
            segments:
              front:
                bridge: br0
                uplink: eth0
                addresses: [10.9.0.2/24]
            """;

    private static final Survey NOBODY = new Survey(List.of());

    @Test
    void aFixedAddressIsNobodysBusiness() {
        leased(FILE, manager(Program.NETWORK_MANAGER), fixed("10.9.0.2/24"), fixed("2001:db8::2/64"))
                .require();
    }

    @Test
    void aLeaseThatIsDeclaredAndThatNobodyRenewsBecomesFixed() {
        LeasedAddresses leased = leased(FILE, NOBODY, lent("10.9.0.2/24"));
        leased.require();
        assertThat(leased.notes())
                .containsExactly(
                        "10.9.0.2/24 on eth0 is lent for another 50 min and becomes fixed: is it reserved for this host where it came from?");
    }

    @Test
    void theProfileOfNetworkManagerHasToBeMadeManualFirst() {
        assertThatThrownBy(() -> leased(FILE, manager(Program.NETWORK_MANAGER), lent("10.9.0.2/24"))
                        .require())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(
                        "host.yaml:3:3: segments.front: 10.9.0.2/24 on eth0 is only lent, for another 50 min, and NetworkManager renews it")
                .hasMessageContaining("nmcli connection modify PROFILE ipv4.method manual");
    }

    @Test
    void networkdWouldGiveTheLeaseBack() {
        assertThatThrownBy(() -> leased(FILE, manager(Program.NETWORKD), lent("10.9.0.2/24"))
                        .require())
                .hasMessageContaining("systemd-networkd renews it")
                .hasMessageContaining("Address= and Gateway= in place of DHCP=");
    }

    @Test
    void whatAProgramMadeOfAnAdvertisementIsTheFilesToDecide() {
        Address slaac = lent("2001:db8::abc/64");
        assertThatThrownBy(
                        () -> leased(FILE, NOBODY, fixed("10.9.0.2/24"), slaac).require())
                .hasMessageContaining("2001:db8::abc/64 on eth0 is only lent")
                .hasMessageContaining("addresses: [10.9.0.2/24, \"2001:db8::abc/64\"]")
                .hasMessageContaining("'accept-ra: true'");
        for (String word : List.of("true", "false")) {
            leased(FILE + "    accept-ra: " + word + "\n", NOBODY, fixed("10.9.0.2/24"), slaac)
                    .require();
        }
    }

    @Test
    void whatTheKernelMadeOfAnAdvertisementGoesAlong() {
        Address kernels = lent("2001:db8::abc/64").withProtocol(Address.PROTOCOL_KERNEL_ROUTER_ADVERTISEMENT);
        leased(FILE, NOBODY, fixed("10.9.0.2/24"), kernels).require();
    }

    private static LeasedAddresses leased(String file, Survey survey, Address... addresses) {
        NetworkState.Builder state = NetworkState.empty().toBuilder();
        state.addresses.addAll(Arrays.asList(addresses));
        return LeasedAddresses.of(
                HostFile.parse("host.yaml", file), state.build(), nic -> Optional.<DhcpClient>empty(), survey);
    }

    private static Survey manager(Program program) {
        return new Survey(List.of(new Claim(
                program,
                "runs",
                true,
                List.of(new Instruction.WriteFile(
                        program, "eth0", "/run/x", null, new FileContent("x", "rw-r--r--"))))));
    }

    private static Address fixed(String address) {
        return Address.permanent("eth0", InterfaceAddress.parse(address));
    }

    private static Address lent(String address) {
        Address fixed = fixed(address);
        return new Address(
                fixed.link(),
                fixed.address(),
                null,
                fixed.broadcast(),
                fixed.scope(),
                Set.of(),
                new Lifetime(3000, 1500),
                0);
    }
}
