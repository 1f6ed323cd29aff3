package io.onlink.docker;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The client behind the router, asking an address ten times a second. */
final class OutsideClient {
    /** As ping -D of iputils has it: {@code [1732406400.123] 64 bytes from …: icmp_seq=5 ttl=63 time=0.1 ms}. */
    private static final Pattern REPLY =
            Pattern.compile("^\\[(\\d+\\.\\d+)] \\d+ bytes from .*icmp_seq=(\\d+) ", Pattern.MULTILINE);

    private final HostProcesses processes;
    private final Process ping;
    private final String log;

    private OutsideClient(HostProcesses processes, Process ping, String log) {
        this.processes = processes;
        this.ping = ping;
        this.log = log;
    }

    static OutsideClient start(HostProcesses processes, LanNamespaces lan, String address) throws IOException {
        String log = "ping-%d.log".formatted(System.nanoTime());
        Process ping = processes.start(
                log, List.of("ip", "netns", "exec", lan.namespace("client"), "ping", "-D", "-n", "-i", "0.1", address));
        return new OutsideClient(processes, ping, log);
    }

    /** What it heard, from the first reply to the last. */
    Heard stop() {
        HostProcesses.end(ping);
        return heard(processes.log(log));
    }

    private static Heard heard(String output) {
        List<Double> times = new ArrayList<>();
        List<Integer> numbers = new ArrayList<>();
        Matcher reply = REPLY.matcher(output);
        while (reply.find()) {
            times.add(Double.valueOf(reply.group(1)));
            numbers.add(Integer.valueOf(reply.group(2)));
        }
        if (times.isEmpty()) {
            return new Heard(0, 0, 0);
        }
        double longest = 0;
        for (int next = 1; next < times.size(); next++) {
            longest = Math.max(longest, times.get(next) - times.get(next - 1));
        }
        return new Heard(times.size(), numbers.getLast() - numbers.getFirst() + 1 - times.size(), longest);
    }

    /**
     * @param replies how many
     * @param lost requests without a reply
     * @param silence the longest time between two replies, in seconds
     */
    record Heard(int replies, int lost, double silence) {}
}
