package io.onlink.attach;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Whatever comes over the plugin's socket is answered in time, by well-formed HTTP, and changes nothing but what it says: then
 * the life of an ordinary container goes well, and when all that the store has was given back nothing is left. Everything
 * behind the socket is the agent's own but for the kernel and the packet filter.
 *
 * <p>Here the inputs that stand in {@code PluginFuzzTestInputs} are tried, one after the other; {@code JAZZER_FUZZ=1} makes new
 * ones, see CONTRIBUTING.md.
 */
class PluginFuzzTest {
    /** As an engine sends them for a container of {@link FuzzedPlugin#FILE}. */
    private static final List<Template> TEMPLATES = List.of(
            new Template("IpamDriver.RequestPool", """
                    {"AddressSpace":"OnlinkLocal","Pool":"192.168.22.0/24","SubPool":"192.168.22.128/25",
                     "Options":{"onlink.segment":"lan"},"V6":false}"""),
            new Template("NetworkDriver.CreateNetwork", """
                    {"NetworkID":"NETWORK","Options":{"com.docker.network.generic":{"onlink.segment":"lan"}},
                     "IPv4Data":[{"AddressSpace":"OnlinkLocal","Gateway":"192.168.22.1/24","Pool":"192.168.22.0/24",
                                  "AuxAddresses":{"printer":"192.168.22.9/24"}}],
                     "IPv6Data":[{"AddressSpace":"OnlinkLocal","Pool":"2001:db8:22::/64"}]}"""),
            new Template("IpamDriver.RequestAddress", """
                    {"PoolID":"onlink 192.168.22.0/24 - lan","Address":"192.168.22.9","Options":{"RequestAddressType":""}}"""),
            new Template("IpamDriver.RequestAddress", """
                    {"PoolID":"onlink 192.168.22.0/24 192.168.22.128/25 lan","Address":""}"""),
            new Template("IpamDriver.RequestAddress", """
                    {"PoolID":"onlink 2001:db8:22::/64 - lan","Address":""}"""),
            new Template("NetworkDriver.CreateEndpoint", """
                    {"NetworkID":"NETWORK","EndpointID":"ENDPOINT",
                     "Interface":{"Address":"192.168.22.222/24","AddressIPv6":"2001:db8:22::222:0/64","MacAddress":""},
                     "Options":{"onlink.default-route":"true","onlink.mac":"02:42:00:00:00:09","onlink.allow":"tcp/80"}}"""),
            new Template("NetworkDriver.Join", """
                    {"NetworkID":"NETWORK","EndpointID":"ENDPOINT","SandboxKey":"/var/run/docker/netns/5d1a2b3c4d5e","Options":{}}"""),
            new Template("NetworkDriver.EndpointOperInfo", """
                    {"NetworkID":"NETWORK","EndpointID":"ENDPOINT"}"""),
            new Template("NetworkDriver.Leave", """
                    {"NetworkID":"NETWORK","EndpointID":"ENDPOINT"}"""),
            new Template("NetworkDriver.DeleteEndpoint", """
                    {"NetworkID":"NETWORK","EndpointID":"ENDPOINT"}"""),
            new Template("IpamDriver.ReleaseAddress", """
                    {"PoolID":"onlink 192.168.22.0/24 - lan","Address":"192.168.22.9"}"""),
            new Template("IpamDriver.ReleasePool", """
                    {"PoolID":"onlink 192.168.22.0/24 - lan"}"""),
            new Template("NetworkDriver.DeleteNetwork", """
                    {"NetworkID":"NETWORK"}"""),
            new Template("NetworkDriver.ProgramExternalConnectivity", "{}"),
            new Template("NetworkDriver.DiscoverNew", "{}"),
            new Template("Plugin.Activate", "{}"));

    /** What has broken programs of this kind. */
    private static final List<String> TEXTS = List.of(
            "",
            " ",
            "\u0000",
            "\n",
            "../../etc/passwd",
            "%s%n",
            "'; DROP TABLE leases; --",
            "\ud83d\ude00",
            "a".repeat(70_000),
            "0.0.0.0",
            "::",
            "255.255.255.255",
            "0.0.0.0/0",
            "::/0",
            "192.168.22.217",
            "192.168.22.222/33",
            "2001:db8:22::1%eth0",
            "onlink",
            "onlink 192.168.22.0/24 - ",
            "onlink 192.168.22.0/24 0.0.0.0/0 lan",
            "onlink 192.168.22.0/24 x lan",
            "onlink x - lan",
            "onlink 2001:db8:22::/64 ::/0 lan",
            "LocalDefault",
            "ff:ff:ff:ff:ff:ff",
            "00:00:00:00:00:00",
            "true",
            FuzzedPlugin.NETWORK,
            FuzzedPlugin.ENDPOINT);

    private static final JsonMapper JSON = JsonMapper.builder().build();

    @AutoClose
    private static FuzzedPlugin plugin;

    @BeforeAll
    static void start() throws IOException {
        plugin = FuzzedPlugin.start();
    }

    /** All that a client that is no engine can do. */
    @FuzzTest
    void anyBytes(byte[] sent) throws IOException {
        plugin.send(sent);
        plugin.isAsBefore();
    }

    /** Calls with something else in a place or two, in any order. */
    @FuzzTest
    void anyCalls(FuzzedDataProvider data) throws IOException {
        int calls = data.consumeInt(1, 8);
        for (int i = 0; i < calls; i++) {
            Template template = data.pickValue(TEMPLATES);
            JsonNode body = template.body();
            for (int changes = data.consumeInt(0, 2); changes > 0; changes--) {
                body = changed(body, data);
            }
            plugin.call(template.call(), body.toString());
        }
        plugin.isAsBefore();
    }

    private static JsonNode changed(JsonNode node, FuzzedDataProvider data) {
        boolean here = data.consumeInt(0, 3) == 0;
        if (here || !node.isContainer() || node.isEmpty()) {
            return anything(data);
        }
        return switch (node) {
            case ObjectNode object -> {
                String name = data.pickValue(List.copyOf(object.propertyNames()));
                object.set(name, changed(object.get(name), data));
                yield object;
            }
            case ArrayNode array -> {
                int index = data.consumeInt(0, array.size() - 1);
                array.set(index, changed(array.get(index), data));
                yield array;
            }
            default -> node;
        };
    }

    private static JsonNode anything(FuzzedDataProvider data) {
        return switch (data.consumeInt(0, 7)) {
            case 0 -> JSON.nullNode();
            case 1 -> JSON.valueToTree(data.consumeLong());
            case 2 -> JSON.valueToTree(data.consumeBoolean());
            case 3 -> JSON.createArrayNode().add(JSON.nullNode());
            case 4 -> JSON.createObjectNode().set("", JSON.nullNode());
            case 5 -> JSON.valueToTree(data.consumeString(80));
            default -> JSON.valueToTree(data.pickValue(TEXTS));
        };
    }

    private record Template(String call, String text) {
        JsonNode body() {
            return JSON.readTree(
                    text.replace("NETWORK", FuzzedPlugin.NETWORK).replace("ENDPOINT", FuzzedPlugin.ENDPOINT));
        }
    }
}
