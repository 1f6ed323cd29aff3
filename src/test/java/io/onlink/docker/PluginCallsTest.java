package io.onlink.docker;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.failure.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The wire format, call by call: {@code request.json} as an engine sends it, {@code understood.txt} what a driver is told,
 * {@code answer.json} what the engine gets for a driver's fixed answer.
 */
class PluginCallsTest {
    private static final Path CALLS = Path.of("src/test/resources/docker/calls");

    private final FixedAnswers drivers = new FixedAnswers();
    private final PluginCalls calls = new PluginCalls(drivers, drivers);

    static List<Path> cases() throws IOException {
        try (Stream<Path> directories = Files.list(CALLS)) {
            return directories.sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isAnsweredAsTheEngineExpects(Path directory) throws IOException {
        String name = directory.getFileName().toString().replaceFirst("-.*", "");
        String answer = calls.call(name, Files.readString(directory.resolve("request.json")));
        golden(directory.resolve("answer.json"), answer);
        golden(directory.resolve("understood.txt"), drivers.understood);
    }

    @Test
    void everyCallTheEngineMakesHasACase() throws IOException {
        assertThat(cases().stream().map(path -> path.getFileName().toString().replaceFirst("-.*", "")))
                .contains(
                        "Plugin.Activate",
                        "NetworkDriver.GetCapabilities",
                        "NetworkDriver.GwAllocCheck",
                        "NetworkDriver.CreateNetwork",
                        "NetworkDriver.DeleteNetwork",
                        "NetworkDriver.CreateEndpoint",
                        "NetworkDriver.DeleteEndpoint",
                        "NetworkDriver.EndpointOperInfo",
                        "NetworkDriver.Join",
                        "NetworkDriver.Leave",
                        "NetworkDriver.ProgramExternalConnectivity",
                        "NetworkDriver.RevokeExternalConnectivity",
                        "IpamDriver.GetCapabilities",
                        "IpamDriver.GetDefaultAddressSpaces",
                        "IpamDriver.RequestPool",
                        "IpamDriver.ReleasePool",
                        "IpamDriver.RequestAddress",
                        "IpamDriver.ReleaseAddress");
    }

    @Test
    void aRefusalIsSaidInBothFields() {
        drivers.refusal = new ConfigurationException("192.168.22.222 is in use by container web");
        assertThat(calls.call("IpamDriver.RequestAddress", "{\"PoolID\":\"p\"}"))
                .isEqualTo(
                        "{\"Err\":\"192.168.22.222 is in use by container web\",\"Error\":\"192.168.22.222 is in use by container web\"}");
    }

    @Test
    void whatCannotBeReadIsAnswered() {
        assertThat(calls.call("NetworkDriver.Join", "{")).contains("malformed").contains("\"Err\"");
        assertThat(calls.call("IpamDriver.RequestAddress", "{\"PoolID\":\"p\",\"Address\":\"192.168.22\"}"))
                .contains("'192.168.22' is not an IP address");
        assertThat(calls.call("NetworkDriver.Leave", "null")).contains("the request is null");
        assertThat(calls.call("NetworkDriver.Leave", "{\"EndpointID\":\"../x\"}"))
                .contains("malformed", "EndpointID is no id of letters and digits: ../x");
        assertThat(calls.call("NetworkDriver.Fly", "{}")).contains("no call NetworkDriver.Fly");
        assertThat(calls.knows("NetworkDriver.Fly")).isFalse();
    }

    @Test
    void aCallThatTheEngineRepeatsWithoutItsContentIsExplained() {
        assertThat(calls.call("NetworkDriver.Join", ""))
                .contains("the agent behind onlink.sock was restarted in the middle of this call")
                .contains("\"Err\"");
        assertThat(calls.call("NetworkDriver.EndpointOperInfo", "")).isEqualTo("{\"Value\":{}}");
    }

    @Test
    void aBugIsAnsweredToo() {
        drivers.refusal = new IllegalStateException("impossible");
        assertThat(calls.call(
                        "NetworkDriver.Leave", "{\"NetworkID\":\"9f2c4b1e7a6d\",\"EndpointID\":\"5c1d0b6d9d0e\"}"))
                .contains("impossible")
                .contains("its log");
    }

    private static void golden(Path file, String actual) throws IOException {
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(file, actual + "\n");
        }
        assertThat(actual + "\n").isEqualTo(Files.readString(file));
    }
}
