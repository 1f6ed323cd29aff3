import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Asks the plugin's socket what an engine asks, one call after the other on a connection each, and prints how long it took: at
 * several numbers of endpoints that are there already, the life of one more. Arguments: the socket, the lives to measure at each
 * number, and the numbers. A network is made first; its segment has a network of each family.
 */
final class AttachCalls {
    private static final String NETWORK = "9f2c4b1e7a6d5c3b2a190807f6e5d4c3b2a1908f7e6d5c4b3a29180706f5e4d3";
    private static final List<String> POOLS = List.of("onlink 10.99.0.0/16 - bench", "onlink 2001:db8:99::/64 - bench");
    private static final Pattern ADDRESS = Pattern.compile("\"Address\":\"([^\"]+)\"");

    private enum Call {
        REQUEST_ADDRESS("IpamDriver.RequestAddress"),
        CREATE_ENDPOINT("NetworkDriver.CreateEndpoint"),
        JOIN("NetworkDriver.Join"),
        OPER_INFO("NetworkDriver.EndpointOperInfo"),
        LEAVE("NetworkDriver.Leave"),
        DELETE_ENDPOINT("NetworkDriver.DeleteEndpoint"),
        RELEASE_ADDRESS("IpamDriver.ReleaseAddress");

        private final String path;

        Call(String path) {
            this.path = path;
        }
    }

    private final Path socket;
    private final Map<Call, List<Double>> times = new EnumMap<>(Call.class);
    private final List<Double> starts = new ArrayList<>();
    private final List<Double> stops = new ArrayList<>();

    private AttachCalls(Path socket) {
        this.socket = socket;
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        AttachCalls calls = new AttachCalls(Path.of(arguments[0]));
        int lives = Integer.parseInt(arguments[1]);
        calls.createNetwork();
        // What a just started JVM takes is its own question.
        calls.measure(1_000_000, lives);
        System.out.printf("%-10s%16s%16s%16s%16s%16s%16s%16s | %16s%16s%n", "endpoints", "RequestAddress", "CreateEndpoint", "Join",
                "OperInfo", "Leave", "DeleteEndpoint", "ReleaseAddress", "all of a start", "all of an end");
        int there = 0;
        for (String number : Arrays.asList(arguments).subList(2, arguments.length)) {
            int wanted = Integer.parseInt(number) - 1;
            calls.startTogether(there, wanted);
            there = wanted;
            calls.measure(1_000_000, lives);
            calls.print(there + 1);
        }
    }

    /** Side by side, as each waits until it is known that nobody has its address. */
    private void startTogether(int from, int to) throws InterruptedException {
        try (ExecutorService threads = Executors.newFixedThreadPool(32)) {
            List<Callable<List<String>>> all = new ArrayList<>();
            for (int i = from; i < to; i++) {
                int number = i;
                all.add(() -> start(number));
            }
            for (Future<List<String>> one : threads.invokeAll(all)) {
                if (one.state() != Future.State.SUCCESS) {
                    throw new IllegalStateException(one.exceptionNow());
                }
            }
        }
    }

    private void createNetwork() throws IOException {
        post("NetworkDriver.CreateNetwork", """
                {"NetworkID":"%s","Options":{"com.docker.network.generic":{"onlink.segment":"bench"}},\
                "IPv4Data":[{"AddressSpace":"OnlinkLocal","Pool":"10.99.0.0/16"}],\
                "IPv6Data":[{"AddressSpace":"OnlinkLocal","Pool":"2001:db8:99::/64"}]}""".formatted(NETWORK));
    }

    private void measure(int first, int lives) throws IOException {
        for (Call call : Call.values()) {
            times.put(call, new ArrayList<>());
        }
        starts.clear();
        stops.clear();
        for (int i = 0; i < lives; i++) {
            long begin = System.nanoTime();
            List<String> addresses = start(first + i);
            long between = System.nanoTime();
            end(first + i, addresses);
            starts.add((between - begin) / 1e6);
            stops.add((System.nanoTime() - between) / 1e6);
        }
    }

    /** As libnetwork does it: an address of each family, the endpoint, and its sandbox. */
    private List<String> start(int number) throws IOException {
        List<String> addresses = new ArrayList<>();
        for (String pool : POOLS) {
            Matcher matcher = ADDRESS.matcher(ask(Call.REQUEST_ADDRESS, "{\"PoolID\":\"%s\",\"Address\":\"\"}".formatted(pool)));
            if (!matcher.find()) {
                throw new IllegalStateException("no address");
            }
            addresses.add(matcher.group(1));
        }
        ask(Call.CREATE_ENDPOINT, """
                {"NetworkID":"%s","EndpointID":"%s","Interface":{"Address":"%s","AddressIPv6":"%s","MacAddress":""},"Options":{}}"""
                .formatted(NETWORK, endpoint(number), addresses.get(0), addresses.get(1)));
        ask(Call.JOIN, """
                {"NetworkID":"%s","EndpointID":"%s","SandboxKey":"/run/docker/netns/bench%d","Options":{}}"""
                .formatted(NETWORK, endpoint(number), number));
        ask(Call.OPER_INFO, about(number));
        return addresses;
    }

    private void end(int number, List<String> addresses) throws IOException {
        ask(Call.LEAVE, about(number));
        ask(Call.DELETE_ENDPOINT, about(number));
        for (int i = 0; i < POOLS.size(); i++) {
            ask(Call.RELEASE_ADDRESS, "{\"PoolID\":\"%s\",\"Address\":\"%s\"}"
                    .formatted(POOLS.get(i), addresses.get(i).replaceFirst("/.*", "")));
        }
    }

    private static String about(int number) {
        return "{\"NetworkID\":\"%s\",\"EndpointID\":\"%s\"}".formatted(NETWORK, endpoint(number));
    }

    /** The first digits make the link's name. */
    private static String endpoint(int number) {
        return "%011x".formatted(number) + "0".repeat(53);
    }

    private String ask(Call call, String body) throws IOException {
        long begin = System.nanoTime();
        String answer = post(call.path, body);
        double took = (System.nanoTime() - begin) / 1e6;
        synchronized (times) {
            times.computeIfAbsent(call, _ -> new ArrayList<>()).add(took);
        }
        return answer;
    }

    private String post(String call, String body) throws IOException {
        String request = "POST /%s HTTP/1.1\r\nHost: onlink\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
                .formatted(call, body.length(), body);
        ByteBuffer answer = ByteBuffer.allocate(64 * 1024);
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
            while (channel.read(answer) >= 0) {}
        }
        String text = new String(answer.array(), 0, answer.position(), StandardCharsets.UTF_8);
        if (!text.startsWith("HTTP/1.1 200") || text.contains("\"Err\"")) {
            throw new IllegalStateException(call + " " + body + ": " + text);
        }
        return text;
    }

    private void print(int endpoints) {
        StringBuilder row = new StringBuilder("%-10d".formatted(endpoints));
        for (Call call : Call.values()) {
            row.append(figure(times.get(call)));
        }
        System.out.println(row + " | " + figure(starts) + figure(stops));
    }

    private static String figure(List<Double> measured) {
        List<Double> sorted = measured.stream().sorted().toList();
        return "%16s".formatted("%.2f/%.2f".formatted(sorted.get(sorted.size() / 2), sorted.get(sorted.size() * 99 / 100)));
    }
}
