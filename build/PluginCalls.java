import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The calls of a few containers' lives, as an engine makes them: so that an agent has done once what it does all day. Argument: its socket. */
void main(String[] arguments) throws IOException {
    Path socket = Path.of(arguments[0]);
    String network = "n".repeat(64);
    call(socket, "Plugin.Activate", "");
    call(socket, "IpamDriver.RequestPool", """
            {"AddressSpace":"OnlinkLocal","Pool":"192.0.2.0/24","SubPool":"","Options":{},"V6":false}""");
    call(socket, "NetworkDriver.CreateNetwork", """
            {"NetworkID":"%s","Options":{"com.docker.network.generic":{"onlink.segment":"lan"}},
             "IPv4Data":[{"AddressSpace":"OnlinkLocal","Pool":"192.0.2.0/24"}],"IPv6Data":[]}""".formatted(network));
    for (int container = 0; container < 2; container++) {
        String address = call(socket, "IpamDriver.RequestAddress", """
                {"PoolID":"onlink 192.0.2.0/24 - lan","Address":"","Options":{}}""")
                .replaceFirst("(?s).*\"Address\":\"([^\"]*)\".*", "$1");
        String endpoint = "\"NetworkID\":\"%s\",\"EndpointID\":\"%s\"".formatted(network, String.valueOf(container).repeat(64));
        call(socket, "NetworkDriver.CreateEndpoint", """
                {%s,"Options":{},"Interface":{"Address":"%s","AddressIPv6":"","MacAddress":""}}""".formatted(endpoint, address));
        call(socket, "NetworkDriver.Join", """
                {%s,"SandboxKey":"/run/netns/none-%d","Options":{}}""".formatted(endpoint, container));
        call(socket, "NetworkDriver.EndpointOperInfo", "{%s}".formatted(endpoint));
        call(socket, "NetworkDriver.Leave", "{%s}".formatted(endpoint));
        call(socket, "NetworkDriver.DeleteEndpoint", "{%s}".formatted(endpoint));
        call(socket, "IpamDriver.ReleaseAddress", """
                {"PoolID":"onlink 192.0.2.0/24 - lan","Address":"%s"}""".formatted(address.replaceFirst("/.*", "")));
    }
}

String call(Path socket, String name, String body) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
        channel.connect(UnixDomainSocketAddress.of(socket));
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        String head = "POST /%s HTTP/1.1\r\nHost: \r\nContent-Length: %d\r\n\r\n".formatted(name, content.length);
        channel.write(ByteBuffer.wrap(head.getBytes(StandardCharsets.UTF_8)));
        channel.write(ByteBuffer.wrap(content));
        ByteBuffer answer = ByteBuffer.allocate(64 * 1024);
        while (channel.read(answer) >= 0) {
            // The agent ends the connection.
        }
        return new String(answer.array(), 0, answer.position(), StandardCharsets.UTF_8);
    }
}
