package io.onlink.desired;

import io.onlink.model.Address;
import io.onlink.model.IpAddress;
import io.onlink.model.NetworkState;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A NIC whose addresses say nothing of its MAC address (RFC 7217, addr_gen_mode 2 and 3). The kernel makes them of a secret
 * and the link's permanent MAC address, which a bridge has none of: with the same secret it would make others. So the bridge
 * gets the link-local address as it is, and the end of the others as its token, with which it makes them anew.
 */
final class StablePrivacy {
    private static final String NO_LINK_LOCAL = "1";
    private static final String OF_A_SECRET = "2";
    private static final String OF_A_RANDOM_SECRET = "3";
    private static final String NO_TOKEN = "::";

    private static final int INTERFACE_IDENTIFIER = 8;

    private final NetworkState base;
    private final NetworkState observed;
    private final String uplink;
    private final String bridge;

    /** @param base with what routers told as the uplink's */
    StablePrivacy(NetworkState base, NetworkState observed, String uplink, String bridge) {
        this.base = base;
        this.observed = observed;
        this.uplink = uplink;
        this.bridge = bridge;
    }

    static boolean isIn(String addressGeneration) {
        return addressGeneration.equals(OF_A_SECRET) || addressGeneration.equals(OF_A_RANDOM_SECRET);
    }

    /**
     * @param linkLocals the NIC's
     * @param hears whether the bridge obeys routers; the kernel takes no token where it does not
     * @param isOurs whether the bridge was given one of both ways before
     */
    void put(NetworkState.Builder state, List<Address> linkLocals, boolean hears, boolean isOurs) {
        String token = hears ? token(isOurs) : NO_TOKEN;
        // Without a token the kernel would make addresses of the MAC address for the networks of a router heard later.
        String generation = hears && token.equals(NO_TOKEN) ? OF_A_RANDOM_SECRET : NO_LINK_LOCAL;
        state.sysctls.put(NetworkState.token(bridge), token);
        state.sysctls.put(NetworkState.addressGeneration(bridge), generation);
        state.addresses.removeIf(address -> address.link().equals(bridge) && address.isKernelsLinkLocal());
        linkLocals.forEach(address -> state.addresses.add(address.on(bridge)));
    }

    /** What a bridge of ours has stays, whatever its router says meanwhile. */
    private String token(boolean isOurs) {
        String generation = observed.sysctls().get(NetworkState.addressGeneration(bridge));
        String current = observed.sysctls().getOrDefault(NetworkState.token(bridge), NO_TOKEN);
        boolean isChosen =
                current.equals(NO_TOKEN) ? OF_A_RANDOM_SECRET.equals(generation) : NO_LINK_LOCAL.equals(generation);
        if (isOurs && isChosen) {
            return current;
        }
        return ofTheNic().orElse(NO_TOKEN);
    }

    private Optional<String> ofTheNic() {
        return base.addresses().stream()
                .filter(address -> address.link().equals(uplink) && address.isLearned() && !address.isTemporary())
                .filter(address -> !address.ip().isOfMacAddress())
                .map(address -> interfaceIdentifier(address.ip()).toString())
                .findFirst();
    }

    private static IpAddress interfaceIdentifier(IpAddress ip) {
        byte[] bytes = ip.toBytes();
        Arrays.fill(bytes, 0, INTERFACE_IDENTIFIER, (byte) 0);
        return IpAddress.of(bytes);
    }
}
