package io.onlink.docker;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import org.jspecify.annotations.Nullable;

/**
 * What the engine asks of an address manager: moby, {@code libnetwork/docs/ipam.md} and {@code
 * libnetwork/ipams/remote/api/api.go}, whose words these are.
 *
 * <p>Calls come from several threads at once and may be repeated; none calls the engine. What is thrown as an {@link
 * io.onlink.failure.OnlinkException} reaches the user's terminal in full.
 */
public interface IpamDriver {
    /** A network is being made: which addresses can it have? */
    Pool requestPool(RequestPool request);

    /** A network is gone. The engine ignores a failure. */
    void releasePool(ReleasePool request);

    /** A gateway, an {@code --aux-address} or a container wants an address. */
    LeasedAddress requestAddress(RequestAddress request);

    /** The address is no longer used. The engine ignores a failure and never asks again. */
    void releaseAddress(ReleaseAddress request);

    /**
     * See {@link #requestPool}.
     *
     * @param pool what the user gave by {@code --subnet}; may have host bits set
     * @param subPool what the user gave by {@code --ip-range}
     * @param options what the user gave by {@code --ipam-opt}
     */
    record RequestPool(
            @JsonProperty("AddressSpace") @Nullable String addressSpace,
            @JsonProperty("Pool") @Nullable String pool,
            @JsonProperty("SubPool") @Nullable String subPool,
            @JsonProperty("Options") Options options,
            @JsonProperty("V6") boolean ipv6) {
        public RequestPool {
            options = options == null ? Options.NONE : options;
        }
    }

    /** The answer to {@link #requestPool}; the id comes back in the calls that follow. */
    record Pool(
            @JsonProperty("PoolID") String id,
            @JsonProperty("Pool") IpNetwork subnet) {}

    /** See {@link #releasePool}. */
    record ReleasePool(@JsonProperty("PoolID") String poolId) {
        public ReleasePool {
            Required.text("PoolID", poolId);
        }
    }

    /**
     * See {@link #requestAddress}.
     *
     * @param address what the user gave by {@code --ip}, {@code --ip6} or {@code --aux-address}; null for any
     */
    record RequestAddress(
            @JsonProperty("PoolID") String poolId,
            @JsonProperty("Address") @Nullable IpAddress address,
            @JsonProperty("Options") Options options) {
        /** {@code ipamapi.RequestAddressType} and {@code netlabel.Gateway} of libnetwork. */
        private static final String TYPE = "RequestAddressType";

        private static final String GATEWAY = "com.docker.network.gateway";
        private static final String MAC = "com.docker.network.endpoint.macaddress";

        public RequestAddress {
            Required.text("PoolID", poolId);
            options = options == null ? Options.NONE : options;
        }

        /** Whether the address is for the network's gateway and not for a container. */
        public boolean isForGateway() {
            return options.text(TYPE).equals(java.util.Optional.of(GATEWAY));
        }

        /** The MAC address of the claimant; only engines that were told to replay requests say it. */
        public @Nullable String mac() {
            return options.text(MAC).orElse(null);
        }
    }

    /** The answer to {@link #requestAddress}, with the length of the network's prefix. */
    record LeasedAddress(@JsonProperty("Address") InterfaceAddress address) {}

    /** See {@link #releaseAddress}. */
    record ReleaseAddress(
            @JsonProperty("PoolID") String poolId,
            @JsonProperty("Address") @Nullable IpAddress address) {
        public ReleaseAddress {
            Required.text("PoolID", poolId);
        }
    }
}
