package io.onlink.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.attach.Endpoint;
import io.onlink.libc.TestNamespace;
import io.onlink.load.ContainerLife.Mishap;
import io.onlink.load.PluginCall.Outcome;
import io.onlink.model.IpAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A thousand requests at the plugin's socket at once, of engines that die, forget, repeat and lose patience, while the agent is
 * killed and the kernel fails. The journal of all calls is judged by {@link JournalChecker}. {@code -Donlink.load.seed=N} has the
 * engines decide as they did before; the machine decides anew. {@code -Donlink.load.seconds} and {@code -Donlink.load.callers}
 * make it longer and larger, {@code -Donlink.load.patience} is how long an answer may take. Needs root.
 */
class AgentUnderLoadIT {
    private static final long SEED = Long.getLong("onlink.load.seed", System.nanoTime() & 0xffff_ffffL);
    private static final int CALLERS = Integer.getInteger("onlink.load.callers", 1100);
    private static final Duration TIME = Duration.ofSeconds(Integer.getInteger("onlink.load.seconds", 40));

    /** Nobody hangs. How long the answers took is told, not asserted: the callers use the same two cores. */
    private static final Duration PATIENCE = Duration.ofSeconds(Integer.getInteger("onlink.load.patience", 50));

    private static final int RESIDENTS = 6;
    private static final List<String> RESIDENT_ADDRESSES = addresses("10.99.50.", 1, RESIDENTS);
    private static final List<String> FIXED = Stream.of(addresses("10.99.40.", 1, 40), RESIDENT_ADDRESSES)
            .flatMap(List::stream)
            .toList();
    private static final List<String> FIXED_TIGHT = Stream.of(
                    addresses("192.168.52.", 10, 20), addresses("192.168.52.", 76, 90))
            .flatMap(List::stream)
            .toList();
    private static final List<String> IMPOSSIBLE =
            List.of("10.99.0.2", "10.99.0.1", "10.99.0.0", "10.99.255.255", "10.98.0.5", "192.168.52.20");

    private static final List<Mishap> MISHAPS = List.copyOf(EnumSet.complementOf(EnumSet.of(Mishap.NONE)));

    /** What may be left of a container whose engine died: a claim, an endpoint, each for half a minute. */
    private static final Duration SETTLING = JournalChecker.GRACE.multipliedBy(3);

    @TempDir
    private Path directory;

    private final AtomicInteger lives = new AtomicInteger(RESIDENTS);
    private final AtomicBoolean ending = new AtomicBoolean();

    private static List<String> addresses(String prefix, int first, int last) {
        return IntStream.rangeClosed(first, last)
                .mapToObj(number -> prefix + number)
                .toList();
    }

    @Test
    void nothingIsGivenTwiceAndNothingIsLeft() throws Exception {
        System.out.println("-Donlink.load.seed=" + SEED);
        Path written = Files.createDirectories(Path.of("target", "load"));
        try (LoadedHost host = new LoadedHost(directory);
                Residents residents = new Residents(host)) {
            try {
                residents.moveIn();
                burden(host, residents);
                residents.awaitWhole();
                residents.moveOut();
                LoadedHost.await("nothing left", SETTLING, () -> {
                    host.engine().interruptEvents();
                    RetryingCaller.pause(Duration.ofSeconds(2));
                    return host.remains().leaks().isEmpty();
                });
            } finally {
                host.journal().write(written.resolve("journal"));
                Files.copy(host.log(), written.resolve("agent.log"), StandardCopyOption.REPLACE_EXISTING);
                report(host.journal()).forEach(System.out::println);
                host.remains().leaks().forEach(System.out::println);
            }
            List<String> problems = new JournalChecker(LoadedHost.terms(), PATIENCE).problems(host.journal());
            assertThat(problems.stream().limit(20))
                    .as("%d problems; -Donlink.load.seed=%d; see %s", problems.size(), SEED, written)
                    .isEmpty();
            assertThat(host.logged()).doesNotContain("in a way it should not");
            assertThat(host.journal().mostAtOnce()).isGreaterThanOrEqualTo(Math.min(CALLERS, 1000));
        }
    }

    /** Until the time is up, and the containers that were started by then have ended. */
    private void burden(LoadedHost host, Residents residents) throws Exception {
        CountDownLatch begin = new CountDownLatch(1);
        List<Thread> callers = new ArrayList<>();
        for (int caller = 0; caller < CALLERS; caller++) {
            callers.add(Thread.ofVirtual().start(() -> {
                awaitBegin(begin);
                while (!ending.get()) {
                    live(host);
                }
            }));
        }
        begin.countDown();
        vex(host, residents);
        ending.set(true);
        for (Thread caller : callers) {
            caller.join();
        }
    }

    private void live(LoadedHost host) {
        int number = lives.incrementAndGet();
        // Decided by seed and number alone, whoever's turn it is.
        Random random = new Random(SEED * 1_000_003 + number);
        boolean wide = random.nextInt(10) < 7;
        Mishap mishap = random.nextInt(4) > 0 ? Mishap.NONE : MISHAPS.get(random.nextInt(MISHAPS.size()));
        ContainerLife.Plan plan = new ContainerLife.Plan(
                number,
                wide ? LoadedHost.WIDE_IPV4 : LoadedHost.TIGHT_IPV4,
                wide ? LoadedHost.WIDE_IPV6 : null,
                fixed(random, wide),
                wide ? LoadedHost.WIDE : LoadedHost.TIGHT,
                "/run/netns/none-" + number,
                mishap);
        new ContainerLife(plan, random, host.plugin(), host.book(), host.journal()).live();
    }

    private static IpAddress fixed(Random random, boolean wide) {
        int kind = random.nextInt(20);
        if (kind == 0 && wide) {
            return IpAddress.parse(IMPOSSIBLE.get(random.nextInt(IMPOSSIBLE.size())));
        }
        List<String> choice = wide ? FIXED : FIXED_TIGHT;
        return kind < 8 ? IpAddress.parse(choice.get(random.nextInt(choice.size()))) : null;
    }

    /** Kills the agent every some seconds, and breaks things under it meanwhile. */
    private void vex(LoadedHost host, Residents residents) throws IOException, InterruptedException {
        Random random = new Random(SEED);
        long end = System.nanoTime() + TIME.toNanos();
        int deaths = 0;
        long death = System.nanoTime() + Duration.ofSeconds(4).toNanos();
        while (System.nanoTime() - end < 0) {
            RetryingCaller.pause(Duration.ofMillis(100 + random.nextInt(300)));
            switch (random.nextInt(8)) {
                case 0 -> host.takeBridgeAway(Duration.ofMillis(random.nextInt(500)));
                case 1, 2 -> host.deleteLink(residents.link(random.nextInt(RESIDENTS)));
                default -> deleteSomeLink(host, random);
            }
            if (System.nanoTime() - death > 0) {
                host.restartAgent(++deaths % 4 != 0);
                death = System.nanoTime()
                        + Duration.ofMillis(3000 + random.nextInt(5000)).toNanos();
            }
        }
    }

    /** Of a container that has no sandbox to give it back to. */
    private static void deleteSomeLink(LoadedHost host, Random random) throws IOException, InterruptedException {
        List<EngineBook.Entry> joined = host.book().all().stream()
                .filter(entry -> entry.sandbox() != null && entry.life() > RESIDENTS)
                .toList();
        if (!joined.isEmpty()) {
            EngineBook.Entry victim = joined.get(random.nextInt(joined.size()));
            host.journal().add(new JournalEntry.LinkLost(victim.life(), System.nanoTime()));
            host.deleteLink(Endpoint.HOST_LINK_PREFIX + victim.endpoint().substring(0, 11));
        }
    }

    /** Containers in sandboxes of their own, which are there all the time: whatever becomes of their links, their addresses are theirs. */
    private static final class Residents implements AutoCloseable {
        private final LoadedHost host;
        private final List<TestNamespace> sandboxes = new ArrayList<>();
        private final List<ContainerLife> lives = new ArrayList<>();

        Residents(LoadedHost host) {
            this.host = host;
        }

        void moveIn() {
            for (int number = 1; number <= RESIDENTS; number++) {
                TestNamespace sandbox = new TestNamespace();
                sandboxes.add(sandbox);
                sandbox.ip("link set lo up");
                ContainerLife life = new ContainerLife(
                        new ContainerLife.Plan(
                                number,
                                LoadedHost.WIDE_IPV4,
                                LoadedHost.WIDE_IPV6,
                                IpAddress.parse(RESIDENT_ADDRESSES.get(number - 1)),
                                LoadedHost.WIDE,
                                "/run/netns/" + sandbox.name(),
                                Mishap.NONE),
                        new Random(SEED),
                        host.plugin(),
                        host.book(),
                        host.journal());
                lives.add(life);
                assertThat(life.start()).isTrue();
                // As the engine does it.
                String inside = link(number - 1).replaceFirst("^onl", "onp");
                host.namespace().ip("link set %s netns %s name eth0".formatted(inside, sandbox.name()));
                life.addresses()
                        .forEach(address -> sandbox.ip("addr add %s dev eth0%s"
                                .formatted(address, address.toString().contains(":") ? " nodad" : "")));
                sandbox.ip("link set eth0 up");
            }
        }

        String link(int index) {
            return Endpoint.HOST_LINK_PREFIX + lives.get(index).endpoint().substring(0, 11);
        }

        /** Each has its port again, and its addresses inside. */
        void awaitWhole() {
            for (int index = 0; index < RESIDENTS; index++) {
                ContainerLife life = lives.get(index);
                TestNamespace sandbox = sandboxes.get(index);
                LoadedHost.await(life.addresses() + " in its sandbox, on a port that forwards", () -> {
                    String addresses = sandbox.ip("-o addr show up scope global");
                    return host.port(life.endpoint()).contains(" master br0 state UP ")
                            && life.addresses().stream().allMatch(address -> addresses.contains(" " + address + " "));
                });
            }
        }

        void moveOut() {
            lives.forEach(ContainerLife::end);
        }

        @Override
        public void close() {
            sandboxes.forEach(TestNamespace::close);
        }
    }

    private static void awaitBegin(CountDownLatch begin) {
        try {
            begin.await();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    /** A line for each kind of call, and for each kind of refusal. */
    private static List<String> report(CallJournal journal) {
        List<String> lines = new ArrayList<>();
        lines.add("%d calls, %d at once at most; the agent was started again %d times"
                .formatted(
                        journal.calls().size(),
                        journal.mostAtOnce(),
                        journal.of(JournalEntry.Away.class).size()));
        Map<PluginCall.Kind, List<PluginCall>> kinds = journal.calls().stream()
                .collect(Collectors.groupingBy(PluginCall::kind, TreeMap::new, Collectors.toList()));
        kinds.forEach((kind, calls) -> lines.add("%-16s %s ms: %s".formatted(kind, times(calls), outcomes(calls))));
        Map<String, Long> refusals = journal.calls().stream()
                .filter(call -> call.outcome() == Outcome.REFUSED)
                .collect(Collectors.groupingBy(
                        call -> call.kind() + ": " + call.text().replaceAll("[0-9a-f:.]*[0-9][0-9a-f:./-]*", "N"),
                        TreeMap::new,
                        Collectors.counting()));
        refusals.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder()))
                .forEach(refusal -> lines.add("%6d %s".formatted(refusal.getValue(), refusal.getKey())));
        return lines;
    }

    private static String times(List<PluginCall> calls) {
        double[] sorted = calls.stream()
                .filter(call -> call.isAnswered() || call.outcome() == Outcome.REFUSED)
                .mapToDouble(call -> (call.end() - call.begin()) / 1e6)
                .sorted()
                .toArray();
        return sorted.length == 0
                ? "-"
                : String.format(
                        Locale.ROOT,
                        "median %.0f, p99 %.0f, longest %.0f",
                        sorted[sorted.length / 2],
                        sorted[sorted.length * 99 / 100],
                        sorted[sorted.length - 1]);
    }

    private static String outcomes(List<PluginCall> calls) {
        return Arrays.stream(Outcome.values())
                .filter(outcome -> calls.stream().anyMatch(call -> call.outcome() == outcome))
                .map(outcome -> "%d %s"
                        .formatted(
                                calls.stream()
                                        .filter(call -> call.outcome() == outcome)
                                        .count(),
                                outcome.toString().toLowerCase(Locale.ROOT)))
                .collect(Collectors.joining(", "));
    }
}
