package io.onlink.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.desired.Found;
import io.onlink.hostfile.HostFile;
import io.onlink.kernel.FakeKernel;
import io.onlink.model.Address;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.LinkAttributes;
import io.onlink.model.MacAddress;
import io.onlink.model.NetworkState;
import io.onlink.model.OtherLink;
import io.onlink.model.Route;
import io.onlink.step.Step;
import org.junit.jupiter.api.Test;

/** Addresses with and without a connected route in one network: NetworkManager's and ip's, for one. */
class AddressChangeTest {
    private static final Address WITH_ROUTE = Address.permanent("eth0", InterfaceAddress.parse("10.0.0.12/24"));
    private static final Address WITHOUT =
            Address.permanent("eth0", InterfaceAddress.parse("10.0.0.11/24")).withFlag(Address.Flag.NO_PREFIX_ROUTE);
    private static final Route BY_ROUTER =
            Route.via(IpNetwork.parse("172.16.0.0/16"), Route.MAIN, IpAddress.parse("10.0.0.1"), "eth0");

    private final NetworkState.Builder host = new NetworkState.Builder();

    AddressChangeTest() {
        LinkAttributes nic = LinkAttributes.named("eth0").withMac(new MacAddress(0x00_50_56_00_00_10L));
        host.put(new OtherLink(nic.withMtu(1500).withUp(true), ""));
        host.addresses.add(WITH_ROUTE);
        host.addresses.add(WITHOUT);
        host.routes.add(BY_ROUTER);
    }

    /** With the one goes the connected route, though the other stays: a router is reached no more (measured on 6.1). */
    @Test
    void aRouterIsNotReachedByAnAddressWithoutConnectedRoute() {
        FakeKernel kernel = new FakeKernel(host.build());
        NetworkState before = kernel.observe();
        HostFile file = HostFile.parse("host.yaml", """
                version: 1
                ethernets:
                  eth0: { addresses: [10.0.0.11/24, 10.0.0.12/24] }
                """);
        HostChange change = HostChange.to(file, kernel, Found.untouched(), false);
        change.plan().steps().forEach(kernel::perform);
        assertThat(HostChange.to(file, kernel, change.found(), false).plan().steps())
                .isEmpty();
        assertThat(kernel.observe().routes()).anyMatch(BY_ROUTER::hasSameEffectAs);
        HostChange.back(kernel, change.found()).plan().steps().forEach(kernel::perform);
        assertThat(kernel.observe().addresses()).containsAll(before.addresses());
        assertThat(kernel.observe().routes()).containsAll(before.routes());
    }

    @Test
    void whatTheOtherWaysLeadsToARouterIsTakenBack() {
        for (String addresses :
                new String[] {"10.0.0.11/24", "10.0.0.12/24", "10.0.0.13/24", "10.0.0.13/24, 10.0.0.11/24"}) {
            FakeKernel kernel = new FakeKernel(host.build());
            NetworkState before = kernel.observe();
            HostFile file = HostFile.parse(
                    "host.yaml", "version: 1\nethernets: { eth0: { addresses: [%s] } }\n".formatted(addresses));
            HostChange change = HostChange.to(file, kernel, Found.untouched(), false);
            for (Step step : change.plan().steps()) {
                kernel.perform(step);
            }
            HostChange.back(kernel, change.found()).plan().steps().forEach(kernel::perform);
            assertThat(kernel.observe().addresses()).containsAll(before.addresses());
            assertThat(kernel.observe().routes()).containsAll(before.routes());
        }
    }
}
