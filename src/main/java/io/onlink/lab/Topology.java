package io.onlink.lab;

import io.onlink.hostfile.HostFile;
import java.util.List;

/**
 * What a lab is made of, computed from a host file: a value, the same for the same file. Nothing is touched.
 *
 * <ul>
 *   <li>{@code host}: the file's host with its NICs, as an installer would have left it: addresses and routes on the
 *       NICs themselves, so that there is something to adopt.
 *   <li>{@code switch-LAN}: a bridge for each segment, and for each Ethernet link outside of them.
 *   <li>{@code trunk-NIC}: between those and a NIC that has VLANs; it adds the tags, and takes them off.
 *   <li>{@code router-LAN}: has every address that the file names as a next hop on that LAN, and the first usable one of
 *       each destination behind it, so that a probe is answered.
 *   <li>{@code outside}: the switch behind the routers, {@value Outside#IPV4} and {@value Outside#IPV6}.
 *   <li>{@code client}: 198.51.100.10 and 2001:db8:ffff::10 on it, which reaches each LAN through that LAN's router.
 *   <li>further machines, where asked for.
 * </ul>
 *
 * @param members in the order in which they are made
 */
public record Topology(List<Member> members, List<Cable> cables) {
    public Topology {
        members = List.copyOf(members);
        cables = List.copyOf(cables);
    }

    /**
     * The lab of a host file.
     *
     * @param bare leave the host's NICs without addresses and routes
     * @throws io.onlink.failure.ConfigurationException if a machine fits in nowhere, or the file uses the addresses that
     *     a lab keeps for the outside
     */
    public static Topology of(HostFile file, List<Machine> machines, boolean bare) {
        return new Wiring(Lans.of(file), machines, bare).topology();
    }

    Member member(String name) {
        return members.stream()
                .filter(member -> member.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
