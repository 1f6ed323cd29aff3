import io.onlink.libc.NetworkNamespace;
import io.onlink.model.Admission;
import io.onlink.model.Allowance;
import io.onlink.model.IpAddress;
import io.onlink.model.MacAddress;
import io.onlink.nftables.GuardTable;
import io.onlink.nftables.GuardedPort;
import io.onlink.nftables.Nftables;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What guard and firewall cost a packet, and a change: arguments are the namespaces of the host, the container and the machine
 * outside, the container's MAC address and the number of rounds. One thread asks and answers by UDP, so that nothing but the
 * path is measured: the kernel delivers a packet within the call that sends it. A round trip is two packets through the bridge.
 */
final class GuardPath {
    private static final String LINK = "onl0123456789a";
    private static final String CONTAINER = "192.168.22.222";
    private static final int PORT = 9000;
    private static final int EXCHANGES = 4_000;
    private static final Admission OTHERS = closed("tcp/80", "tcp/443 from 192.168.22.0/24");

    private final NetworkNamespace host;
    private final GuardTable guard;
    private final MacAddress mac;
    private final DatagramSocket inside;
    private final DatagramSocket outside;

    private GuardPath(String[] arguments) throws IOException {
        host = NetworkNamespace.named(arguments[0]);
        guard = host.call(GuardTable::open);
        inside = NetworkNamespace.named(arguments[1]).call(() -> new DatagramSocket(PORT));
        outside = NetworkNamespace.named(arguments[2]).call(() -> new DatagramSocket());
        mac = MacAddress.parse(arguments[3]);
    }

    public static void main(String[] arguments) throws IOException {
        GuardPath path = new GuardPath(arguments);
        path.changes();
        path.packets(Integer.parseInt(arguments[4]));
    }

    private void packets(int rounds) throws IOException {
        Map<String, Runnable> variants = new LinkedHashMap<>();
        variants.put("no table", this::nothing);
        variants.put("guard alone", () -> guard.replaceAll(ports(0, Admission.OPEN)));
        for (int count : List.of(0, 1_000, 10_000)) {
            variants.put("guard, firewall, %,d others".formatted(count), () -> guard.replaceAll(ports(count, closed("udp/9000"))));
        }
        variants.put("the same, 'from' a network", () -> guard.replaceAll(ports(10_000, closed("udp/9000 from 192.168.22.0/24"))));
        variants.put("again no table", this::nothing);
        variants.put("a list of 1,000 rules", () -> list(1_000));
        variants.put("a list of 10,000 rules", () -> list(10_000));
        Map<String, List<Double>> ratios = new LinkedHashMap<>();
        Map<String, List<Double>> medians = new LinkedHashMap<>();
        variants.get("no table").run();
        for (int warmUp = 0; warmUp < 10; warmUp++) {
            exchange();
        }
        for (int round = 0; round < rounds; round++) {
            double bare = 0;
            for (Map.Entry<String, Runnable> variant : variants.entrySet()) {
                variant.getValue().run();
                exchange();
                double median = exchange();
                bare = bare == 0 ? median : bare;
                medians.computeIfAbsent(variant.getKey(), name -> new ArrayList<>()).add(median);
                ratios.computeIfAbsent(variant.getKey(), name -> new ArrayList<>()).add(median / bare);
            }
        }
        System.out.printf("%nA round trip (two packets); median of %d interleaved rounds of the median of %,d%n", rounds, EXCHANGES);
        System.out.printf("%-36s %9s %7s %15s%n", "", "µs", "ratio", "of the rounds");
        ratios.forEach((name, values) -> System.out.printf(
                "%-36s %9.2f %7.3f %7.3f..%.3f%n",
                name, median(medians.get(name)), median(values), values.stream().min(Double::compare).get(),
                values.stream().max(Double::compare).get()));
        nothing();
    }

    private void changes() {
        System.out.printf("%-36s %9s %9s %9s%n", "milliseconds, median of 9", "1", "1,000", "10,000");
        List<Integer> counts = List.of(0, 1_000, 10_000);
        row("all replaced", counts, count -> {
            List<GuardedPort> ports = ports(count, closed("tcp/80"));
            return timed(() -> guard.replaceAll(ports));
        });
        row("one container more", counts, count -> {
            guard.release(List.of(port(20_000).link()));
            return timed(() -> guard.protect(port(20_000)));
        });
        row("one container less", counts, count -> {
            guard.protect(port(20_000));
            return timed(() -> guard.release(List.of(port(20_000).link())));
        });
    }

    private void row(String name, List<Integer> counts, java.util.function.ToDoubleFunction<Integer> work) {
        System.out.printf("%-36s", name);
        for (int count : counts) {
            guard.replaceAll(ports(count, closed("tcp/80")));
            System.out.printf(" %9.1f", median(IntStream.range(0, 9).mapToObj(round -> work.applyAsDouble(count)).toList()));
        }
        System.out.println();
    }

    private static double timed(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e6;
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    /** Microseconds. */
    private double exchange() {
        long[] times = new long[EXCHANGES];
        byte[] content = new byte[64];
        try {
            DatagramPacket question = new DatagramPacket(content, content.length, new InetSocketAddress(CONTAINER, PORT));
            DatagramPacket received = new DatagramPacket(new byte[64], 64);
            inside.setSoTimeout(5_000);
            outside.setSoTimeout(5_000);
            for (int i = 0; i < EXCHANGES; i++) {
                long start = System.nanoTime();
                outside.send(question);
                inside.receive(received);
                inside.send(received);
                outside.receive(received);
                times[i] = System.nanoTime() - start;
            }
        } catch (IOException lost) {
            throw new IllegalStateException(lost);
        }
        Arrays.sort(times);
        return times[EXCHANGES / 2] / 1e3;
    }

    private void nothing() {
        run("add table bridge onlink; delete table bridge onlink; add table bridge filter; delete table bridge filter");
    }

    /** As most do it: a rule for each container, the one meant last. */
    private void list(int count) {
        String rules = IntStream.range(0, count)
                .mapToObj(number -> "add rule bridge filter forward oifname \"%s\" ip saddr 192.168.22.1 udp dport 9000 accept\n"
                        .formatted(number == count - 1 ? LINK : port(number).link()))
                .collect(Collectors.joining());
        nothing();
        run("add table bridge filter\nadd chain bridge filter forward { type filter hook forward priority -200; }\n" + rules);
    }

    private void run(String commands) {
        try (Nftables nftables = host.call(Nftables::open)) {
            nftables.run(commands, "bench");
        }
    }

    private List<GuardedPort> ports(int others, Admission admission) {
        List<GuardedPort> ports = new ArrayList<>();
        ports.add(new GuardedPort(LINK, mac, List.of(IpAddress.parse(CONTAINER)), false, admission));
        IntStream.range(0, others).mapToObj(GuardPath::port).forEach(ports::add);
        return ports;
    }

    private static GuardedPort port(int number) {
        return new GuardedPort(
                "onl%011x".formatted(number),
                new MacAddress(0x02420a000000L + number),
                List.of(
                        IpAddress.parse("10.0.%d.%d".formatted(number >> 8, number & 255)),
                        IpAddress.parse("2001:db8:99::%x".formatted(number + 1))),
                false,
                OTHERS);
    }

    private static Admission closed(String... allowed) {
        return new Admission(true, Arrays.stream(allowed).map(Allowance::parse).toList());
    }
}
