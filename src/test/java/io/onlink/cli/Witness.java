package io.onlink.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Somebody outside the host who pings it all the while, and writes down when he was answered. */
final class Witness implements AutoCloseable {
    private static final String INTERVAL = "0.05";
    private static final Pattern ANSWER = Pattern.compile("^\\[(\\d+)\\.(\\d{6})\\] \\d+ bytes from .*");
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final String name;
    private final Process ping;
    private final Path output;

    private Witness(String name, Process ping, Path output) {
        this.name = name;
        this.ping = ping;
        this.output = output;
    }

    /** @param from an address of the member's, from which he asks */
    static Witness at(LabHost host, String member, String from, String address) throws IOException {
        Path output = Files.createTempFile("witness-", ".log");
        Process ping = host.start(member, output, List.of("ping", "-D", "-n", "-i", INTERVAL, "-I", from, address));
        return new Witness(member + " " + (address.contains(":") ? "v6" : "v4"), ping, output);
    }

    String name() {
        return name;
    }

    /** Waits for an answer given after this moment; empty where none comes for half a minute. */
    Optional<Instant> answerAfter(Instant moment) throws IOException, InterruptedException {
        Instant end = Instant.now().plus(PATIENCE);
        while (true) {
            Optional<Instant> answer =
                    answers().filter(instant -> instant.isAfter(moment)).findFirst();
            if (answer.isPresent() || Instant.now().isAfter(end)) {
                return answer;
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    /** The longest time between two answers, of those up to now that were given after this moment. */
    Duration longestSilenceSince(Instant moment) throws IOException {
        List<Instant> answers = new ArrayList<>(
                answers().filter(instant -> instant.isAfter(moment)).toList());
        answers.addFirst(moment);
        answers.addLast(Instant.now());
        return Stream.iterate(1, i -> i < answers.size(), i -> i + 1)
                .map(i -> Duration.between(answers.get(i - 1), answers.get(i)))
                .max(Comparator.naturalOrder())
                .orElseThrow();
    }

    private Stream<Instant> answers() throws IOException {
        return Files.readAllLines(output).stream()
                .map(ANSWER::matcher)
                .filter(Matcher::matches)
                .map(line ->
                        Instant.ofEpochSecond(Long.parseLong(line.group(1)), Long.parseLong(line.group(2)) * 1000));
    }

    @Override
    public void close() throws IOException {
        ping.destroyForcibly();
        Files.delete(output);
    }
}
