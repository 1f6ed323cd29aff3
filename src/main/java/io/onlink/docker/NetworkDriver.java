package io.onlink.docker;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.MacAddress;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the engine asks of a network driver: moby, {@code libnetwork/docs/remote.md} and {@code
 * libnetwork/drivers/remote/api/api.go}, whose words these are.
 *
 * <p>Calls come from several threads at once, also for one endpoint, and may be repeated: each is idempotent, and none
 * calls the engine. What is thrown as an {@link io.onlink.failure.OnlinkException} reaches the user's terminal in full.
 */
public interface NetworkDriver {
    /** A user made a network. Never told again: what is needed later is to be kept. */
    void createNetwork(CreateNetwork request);

    /** A network is gone; no endpoint is on it. */
    void deleteNetwork(DeleteNetwork request);

    /** A container is to be on the network; its addresses have been requested. */
    CreatedEndpoint createEndpoint(CreateEndpoint request);

    /** The endpoint is gone. The engine ignores a failure and never asks again. */
    void deleteEndpoint(EndpointCall request);

    /**
     * Asked for each endpoint once its container has a namespace. Engine 28 and later ask after the interface was moved
     * there and before the container's first process starts.
     *
     * @return what the user sees nowhere; usually nothing
     */
    Map<String, String> endpointOperInfo(EndpointCall request);

    /** The endpoint goes into a sandbox: make its interface. */
    Joined join(Join request);

    /** The endpoint leaves its sandbox. The engine ignores a failure and never asks again. */
    void leave(EndpointCall request);

    /** See {@link #createNetwork}. */
    record CreateNetwork(
            @JsonProperty("NetworkID") String networkId,
            @JsonProperty("Options") Options options,
            @JsonProperty("IPv4Data") List<AddressPool> ipv4,
            @JsonProperty("IPv6Data") List<AddressPool> ipv6) {
        public CreateNetwork {
            Required.text("NetworkID", networkId);
            options = options == null ? Options.NONE : options;
            ipv4 = ipv4 == null ? List.of() : List.copyOf(ipv4);
            ipv6 = ipv6 == null ? List.of() : List.copyOf(ipv6);
        }

        /** {@code netlabel.Internal} of libnetwork. */
        private static final String INTERNAL = "com.docker.network.internal";

        /** Whether the user wants a network from which nothing leads out: {@code --internal}. */
        public boolean isInternal() {
            return options.truth(INTERNAL).orElse(false);
        }

        /** The pools of both families. */
        public List<AddressPool> pools() {
            return Stream.concat(ipv4.stream(), ipv6.stream()).toList();
        }
    }

    /**
     * A subnet of a network.
     *
     * @param addressSpace of the address manager that gave it
     * @param gateway what the address manager gave, or the user by {@code --gateway}
     * @param auxiliary what the user gave by {@code --aux-address}, by name
     */
    record AddressPool(
            @JsonProperty("AddressSpace") @Nullable String addressSpace,
            @JsonProperty("Pool") IpNetwork subnet,
            @JsonProperty("Gateway") @Nullable InterfaceAddress gateway,
            @JsonProperty("AuxAddresses") Map<String, InterfaceAddress> auxiliary) {
        public AddressPool {
            Required.value("Pool", subnet);
            auxiliary = auxiliary == null ? Map.of() : Map.copyOf(auxiliary);
        }
    }

    /** See {@link #deleteNetwork}. */
    record DeleteNetwork(@JsonProperty("NetworkID") String networkId) {
        public DeleteNetwork {
            Required.text("NetworkID", networkId);
        }
    }

    /** See {@link #createEndpoint}. */
    record CreateEndpoint(
            @JsonProperty("NetworkID") String networkId,
            @JsonProperty("EndpointID") String endpointId,
            @JsonProperty("Interface") EndpointInterface endpoint,
            @JsonProperty("Options") Options options) {
        public CreateEndpoint {
            Required.text("NetworkID", networkId);
            Required.id("EndpointID", endpointId);
            endpoint = endpoint == null ? new EndpointInterface(null, null, null) : endpoint;
            options = options == null ? Options.NONE : options;
        }
    }

    /** The addresses of an endpoint; in an answer only those that the request did not have. */
    record EndpointInterface(
            @JsonProperty("Address") @Nullable InterfaceAddress ipv4,
            @JsonProperty("AddressIPv6") @Nullable InterfaceAddress ipv6,
            @JsonProperty("MacAddress") @Nullable MacAddress mac) {}

    /** The answer to {@link #createEndpoint}; null where there is nothing to add. */
    record CreatedEndpoint(
            @JsonProperty("Interface") @Nullable EndpointInterface endpoint) {}

    /** A call about one endpoint. */
    record EndpointCall(
            @JsonProperty("NetworkID") String networkId,
            @JsonProperty("EndpointID") String endpointId) {
        public EndpointCall {
            Required.id("EndpointID", endpointId);
        }
    }

    /**
     * See {@link #join}.
     *
     * @param sandboxKey the file that will be the sandbox's network namespace; before engine 28 it is made later
     */
    record Join(
            @JsonProperty("NetworkID") String networkId,
            @JsonProperty("EndpointID") String endpointId,
            @JsonProperty("SandboxKey") String sandboxKey,
            @JsonProperty("Options") Options options) {
        public Join {
            Required.id("EndpointID", endpointId);
            Required.text("SandboxKey", sandboxKey);
            options = options == null ? Options.NONE : options;
        }
    }

    /**
     * The answer to {@link #join}.
     *
     * @param gateway the sandbox's IPv4 default route, if this endpoint is to have it
     * @param disableGatewayService always true here: without it the engine puts a container that has no gateway on its
     *     own docker_gwbridge as well
     */
    record Joined(
            @JsonProperty("InterfaceName") InterfaceName name,
            @JsonProperty("Gateway") @Nullable IpAddress gateway,
            @JsonProperty("GatewayIPv6") @Nullable IpAddress gatewayIpv6,
            @JsonProperty("StaticRoutes") List<StaticRoute> routes,
            @JsonProperty("DisableGatewayService") boolean disableGatewayService) {}

    /**
     * Which link the engine moves into the sandbox, and how it is called there: the prefix and a number that the engine
     * chooses.
     */
    record InterfaceName(
            @JsonProperty("SrcName") String source,
            @JsonProperty("DstPrefix") String prefix) {}

    /**
     * A route of the sandbox.
     *
     * @param type {@link #VIA_ROUTER} or {@link #ON_LINK}
     */
    record StaticRoute(
            @JsonProperty("Destination") IpNetwork destination,
            @JsonProperty("RouteType") int type,
            @JsonProperty("NextHop") @Nullable IpAddress router) {
        /** {@code types.NEXTHOP} of libnetwork. */
        public static final int VIA_ROUTER = 0;

        /** {@code types.CONNECTED} of libnetwork. */
        public static final int ON_LINK = 1;
    }
}
