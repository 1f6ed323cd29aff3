package io.onlink.docker;

import io.onlink.failure.EngineException;
import io.onlink.failure.OnlinkException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** The plugin protocol without its HTTP: a call's name and body in, the answer's body out. For any thread. */
final class PluginCalls {
    private static final Logger log = LoggerFactory.getLogger(PluginCalls.class);

    private static final Map<String, Object> NOTHING = Map.of();

    /**
     * An engine whose agent dies in the middle of a call repeats it, but without its content, which it has sent already
     * (moby, pkg/plugins/client.go, callWithRetry). With the socket's name in it {@link Engine} finds such a container.
     */
    private static final String REPEATED = "%s: the agent behind " + Engine.DRIVER
            + ".sock was restarted in the middle of this call, and the engine repeats it without its content; try again";

    private final JsonMapper json = WireFormat.mapper();
    private final Map<String, Function<String, Object>> calls = new TreeMap<>();
    private final Set<String> constant = new TreeSet<>();

    PluginCalls(NetworkDriver network, IpamDriver ipam) {
        answer("Plugin.Activate", Map.of("Implements", List.of("NetworkDriver", "IpamDriver")));

        // ConnectivityScope "local": a container of ours is no target for the engine's own service discovery elsewhere.
        answer(
                "NetworkDriver.GetCapabilities",
                Map.of("Scope", "local", "ConnectivityScope", "local", "GwAllocChecker", true));
        // The router's address is the host file's business: engines that ask need not reserve one for it.
        answer("NetworkDriver.GwAllocCheck", Map.of("SkipIPv4", true, "SkipIPv6", true));
        tell("NetworkDriver.CreateNetwork", NetworkDriver.CreateNetwork.class, network::createNetwork);
        tell("NetworkDriver.DeleteNetwork", NetworkDriver.DeleteNetwork.class, network::deleteNetwork);
        ask("NetworkDriver.CreateEndpoint", NetworkDriver.CreateEndpoint.class, network::createEndpoint);
        tell("NetworkDriver.DeleteEndpoint", NetworkDriver.EndpointCall.class, network::deleteEndpoint);
        // Optional: a start is not to fail because an agent was restarted just now.
        askOr(
                "NetworkDriver.EndpointOperInfo",
                NetworkDriver.EndpointCall.class,
                Map.of("Value", NOTHING),
                request -> Map.of("Value", network.endpointOperInfo(request)));
        ask("NetworkDriver.Join", NetworkDriver.Join.class, network::join);
        tell("NetworkDriver.Leave", NetworkDriver.EndpointCall.class, network::leave);
        // Published ports and other nodes: a container with an address of its own on the LAN needs neither.
        answer("NetworkDriver.ProgramExternalConnectivity", NOTHING);
        answer("NetworkDriver.RevokeExternalConnectivity", NOTHING);
        answer("NetworkDriver.DiscoverNew", NOTHING);
        answer("NetworkDriver.DiscoverDelete", NOTHING);

        // No MAC address asked for: the engine would make up a new one at every start, and we could not change it.
        // No replay: leases are kept, and a replayed claim looks like a second claimant.
        answer("IpamDriver.GetCapabilities", Map.of("RequiresMACAddress", false, "RequiresRequestReplay", false));
        answer(
                "IpamDriver.GetDefaultAddressSpaces",
                Map.of("LocalDefaultAddressSpace", "OnlinkLocal", "GlobalDefaultAddressSpace", "OnlinkGlobal"));
        ask("IpamDriver.RequestPool", IpamDriver.RequestPool.class, ipam::requestPool);
        tell("IpamDriver.ReleasePool", IpamDriver.ReleasePool.class, ipam::releasePool);
        ask("IpamDriver.RequestAddress", IpamDriver.RequestAddress.class, ipam::requestAddress);
        tell("IpamDriver.ReleaseAddress", IpamDriver.ReleaseAddress.class, ipam::releaseAddress);
    }

    /** Whether the protocol, as far as it is known here, has such a call. */
    boolean knows(String name) {
        return calls.containsKey(name);
    }

    /**
     * Whether it is answered the same whenever it is asked. What Onlink can do is: an engine takes an error for an answer to "Plugin.Activate" for a
     * plugin that implements nothing, and asks no more until it is started anew (pkg/plugins of moby).
     */
    boolean isConstant(String name) {
        return constant.contains(name);
    }

    /** Never throws: whatever goes wrong is an answer that says so. */
    String call(String name, String body) {
        try {
            Function<String, Object> call = calls.get(name);
            if (call == null) {
                return error("Onlink's plugin has no call " + name + "; this engine is newer than Onlink");
            }
            Object answer = call.apply(body);
            log.debug("{} {} -> {}", name, body, answer);
            return json.writeValueAsString(answer);
        } catch (OnlinkException refused) {
            log.warn("{} {}: {}", name, body.strip(), refused.getMessage());
            return error(String.valueOf(refused.getMessage()));
        } catch (JacksonException malformed) {
            log.warn("{}: malformed request {}: {}", name, body, malformed.getOriginalMessage());
            return error("%s: malformed request: %s".formatted(name, malformed.getOriginalMessage()));
        } catch (RuntimeException bug) {
            log.error("{} {} failed in a way it should not", name, body, bug);
            return error("%s failed inside Onlink (%s); its log has the details".formatted(name, bug));
        }
    }

    /** NetworkDriver's errors are read from "Err", IpamDriver's from "Error": both say the same, so none is lost. */
    String error(String message) {
        return json.writeValueAsString(new TreeMap<>(Map.of("Err", message, "Error", message)));
    }

    private void answer(String name, Map<String, ?> answer) {
        calls.put(name, body -> new TreeMap<>(answer));
        constant.add(name);
    }

    private <Q> void ask(String name, Class<Q> type, Function<Q, ?> method) {
        calls.put(name, body -> {
            if (body.isBlank()) {
                throw new EngineException(REPEATED.formatted(name));
            }
            return method.apply(read(name, body, type));
        });
    }

    private <Q> void askOr(String name, Class<Q> type, Map<String, ?> answerToRepeated, Function<Q, ?> method) {
        calls.put(name, body -> body.isBlank() ? answerToRepeated : method.apply(read(name, body, type)));
    }

    private <Q> Q read(String name, String body, Class<Q> type) {
        Q request = json.readValue(body, type);
        if (request == null) {
            throw new EngineException(name + ": the request is null, and nothing is asked");
        }
        return request;
    }

    private <Q> void tell(String name, Class<Q> type, Consumer<Q> method) {
        ask(name, type, request -> {
            method.accept(request);
            return NOTHING;
        });
    }
}
