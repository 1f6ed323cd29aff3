import io.onlink.libc.NetworkNamespace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What ways from a client to a server in a container cost. Arguments: rounds, then for each way its name, the client's and the
 * server's network namespace, the address and the port to go to; the server listens on 9000 (iperf3: 9001). The first way is
 * the measure. Requests and connections are one thread's, so that nothing but the path is measured: the kernel delivers within
 * the call that sends. iperf3 has two processors.
 */
final class DataPath {
    private static final int REQUESTS = 4_000;
    private static final int CONNECTIONS = 1_500;
    private static final Pattern BITS = Pattern.compile("\"sum_received\":\\s*\\{[^}]*\"bits_per_second\":\\s*([0-9.e+]+)", Pattern.DOTALL);

    private record Way(String name, String client, String server, String address, int port) {}

    private record Figures(double gigabits, double median, double p99, double connections) {
        List<Double> all() {
            return List.of(gigabits, median, p99, connections);
        }
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        int rounds = Integer.parseInt(arguments[0]);
        List<Way> ways = new ArrayList<>();
        for (int i = 1; i < arguments.length; i += 5) {
            ways.add(new Way(arguments[i], arguments[i + 1], arguments[i + 2], arguments[i + 3], Integer.parseInt(arguments[i + 4])));
        }
        Map<Way, List<Figures>> measured = new LinkedHashMap<>();
        for (int round = 0; round <= rounds; round++) {
            for (Way way : ways) {
                Figures figures = measure(way);
                // The first round warms up this JVM.
                if (round > 0) {
                    measured.computeIfAbsent(way, _ -> new ArrayList<>()).add(figures);
                }
            }
        }
        print(measured, ways.getFirst());
    }

    private static Figures measure(Way way) throws IOException, InterruptedException {
        NetworkNamespace client = NetworkNamespace.named(way.client);
        try (ServerSocket server = NetworkNamespace.named(way.server).call(() -> listen())) {
            InetSocketAddress target = new InetSocketAddress(InetAddress.getByName(way.address), way.port);
            double[] times = requests(client, server, target);
            double connections = connections(client, server, target);
            return new Figures(stream(way), times[REQUESTS / 2], times[REQUESTS * 99 / 100], connections);
        }
    }

    private static ServerSocket listen() {
        try {
            return new ServerSocket(9000, 10, InetAddress.getByName("0.0.0.0"));
        } catch (IOException refused) {
            throw new IllegalStateException(refused);
        }
    }

    /** In microseconds, sorted. */
    private static double[] requests(NetworkNamespace client, ServerSocket server, InetSocketAddress target) throws IOException {
        double[] times = new double[REQUESTS];
        byte[] message = new byte[64];
        try (Socket asking = connect(client, target);
                Socket answering = server.accept()) {
            asking.setTcpNoDelay(true);
            answering.setTcpNoDelay(true);
            for (int i = -500; i < REQUESTS; i++) {
                long start = System.nanoTime();
                asking.getOutputStream().write(message);
                answering.getInputStream().readNBytes(message, 0, message.length);
                answering.getOutputStream().write(message);
                asking.getInputStream().readNBytes(message, 0, message.length);
                if (i >= 0) {
                    times[i] = (System.nanoTime() - start) / 1e3;
                }
            }
        }
        Arrays.sort(times);
        return times;
    }

    /** A second: opened, a request and its answer, closed. */
    private static double connections(NetworkNamespace client, ServerSocket server, InetSocketAddress target) {
        return client.call(() -> {
            try {
                byte[] message = new byte[64];
                long start = System.nanoTime();
                for (int i = 0; i < CONNECTIONS; i++) {
                    try (Socket asking = new Socket()) {
                        asking.connect(target, 10_000);
                        try (Socket answering = server.accept()) {
                            asking.getOutputStream().write(message);
                            answering.getInputStream().readNBytes(message, 0, message.length);
                            answering.getOutputStream().write(message);
                            asking.getInputStream().readNBytes(message, 0, message.length);
                            // Reset: no port waits for its time, and the next round has them all again.
                            asking.setSoLinger(true, 0);
                        }
                    }
                }
                return CONNECTIONS * 1e9 / (System.nanoTime() - start);
            } catch (IOException lost) {
                throw new IllegalStateException(lost);
            }
        });
    }

    private static Socket connect(NetworkNamespace client, InetSocketAddress target) {
        return client.call(() -> {
            try {
                Socket socket = new Socket();
                socket.connect(target, 10_000);
                return socket;
            } catch (IOException lost) {
                throw new IllegalStateException("no way to " + target, lost);
            }
        });
    }

    private static double stream(Way way) throws IOException, InterruptedException {
        int last = Runtime.getRuntime().availableProcessors() - 1;
        Process server = new ProcessBuilder("ip", "netns", "exec", way.server, "taskset", "-c", Integer.toString(last), "iperf3", "-s", "-1", "-p", "9001")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        Thread.sleep(200);
        Process client = new ProcessBuilder("ip", "netns", "exec", way.client, "taskset", "-c", Integer.toString(Math.max(0, last - 1)), "iperf3", "-c", way.address, "-p",
                        Integer.toString(way.port + 1), "-t", "1.5", "-J")
                .start();
        Matcher matcher = BITS.matcher(new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        client.waitFor();
        server.destroy();
        server.waitFor();
        if (!matcher.find()) {
            throw new IOException("iperf3 measured nothing on the way \"" + way.name + "\"");
        }
        return Double.parseDouble(matcher.group(1)) / 1e9;
    }

    private static void print(Map<Way, List<Figures>> measured, Way measure) {
        System.out.printf("%-34s%26s%26s%26s%26s%n", "", "TCP stream, Gbit/s", "request p50, us", "request p99, us", "connections/s");
        measured.forEach((way, figures) -> {
            StringBuilder row = new StringBuilder("%-34s".formatted(way.name));
            for (int column = 0; column < 4; column++) {
                int which = column;
                double[] values = figures.stream().mapToDouble(one -> one.all().get(which)).sorted().toArray();
                double[] ratios = new double[figures.size()];
                for (int i = 0; i < ratios.length; i++) {
                    ratios[i] = figures.get(i).all().get(which) / measured.get(measure).get(i).all().get(which);
                }
                Arrays.sort(ratios);
                row.append("%9.1f %4.2f (%4.2f-%4.2f)".formatted(
                        values[values.length / 2], ratios[ratios.length / 2], ratios[ratios.length / 4], ratios[ratios.length * 3 / 4]));
            }
            System.out.println(row);
        });
        System.out.println("figure, then its ratio to \"" + measure.name + "\" of the same round: median (quartiles)");
    }
}
