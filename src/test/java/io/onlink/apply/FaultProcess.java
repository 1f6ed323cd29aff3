package io.onlink.apply;

import io.onlink.JavaCommand;
import io.onlink.libc.NetworkNamespace;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

/**
 * A process that is killed by SIGKILL. It plays a {@link Role} in many hosts at once, in each up to the moment at which that
 * host's process is to die: one death of one JVM is then a row of the table for each of them, with all that the kernel does
 * to a process that dies (locks, pipes and sockets closed, no handler run).
 */
final class FaultProcess implements AutoCloseable {
    /** Said of a host in which the moment has come. */
    private static final String AT = "at";

    /** Said of a host in which the role was played to its end. */
    private static final String OVER = "over";

    private static final int PATIENCE = Integer.getInteger("onlink.faults.patience", 60);

    private final Process process;
    private final BufferedWriter orders;
    private final Map<Integer, CountDownLatch> arrived = new ConcurrentHashMap<>();
    private final Map<Integer, CountDownLatch> ended = new ConcurrentHashMap<>();
    private final Map<Integer, String> said = new ConcurrentHashMap<>();

    FaultProcess() throws IOException {
        process = new ProcessBuilder(JavaCommand.of(FaultProcess.class.getName()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        orders = process.outputWriter(StandardCharsets.UTF_8);
        Thread.ofPlatform().daemon().start(this::listen);
    }

    /** @param stopBefore number of the effect before which it stops and waits */
    synchronized void play(int host, Role role, Role.Order order, int stopBefore) throws IOException {
        arrived.put(host, new CountDownLatch(1));
        ended.put(host, new CountDownLatch(1));
        orders.write(String.join(
                "\t",
                Integer.toString(host),
                role.name(),
                order.namespace(),
                order.directory().toString(),
                Base64.getEncoder().encodeToString(order.text().getBytes(StandardCharsets.UTF_8)),
                order.pipe(),
                Integer.toString(stopBefore)));
        orders.newLine();
        orders.flush();
    }

    /** Waits until the moment has come in a host. */
    void awaitMoment(int host) throws InterruptedException {
        await(arrived, host);
    }

    /** Waits until the role was played to its end in a host: what it said. */
    String awaitEnd(int host) throws InterruptedException {
        await(ended, host);
        return said.get(host);
    }

    private void await(Map<Integer, CountDownLatch> latches, int host) throws InterruptedException {
        if (!latches.get(host).await(PATIENCE, java.util.concurrent.TimeUnit.SECONDS)) {
            throw new AssertionError("host %d: nothing happened; it said %s".formatted(host, said.get(host)));
        }
    }

    /** Lets all hosts go on that are at their moment. */
    void goOn() throws IOException {
        orders.write("go");
        orders.newLine();
        orders.flush();
    }

    /** By SIGKILL; returns when it is dead. */
    @Override
    public void close() {
        process.destroyForcibly();
        boolean interrupted = false;
        while (process.isAlive()) {
            try {
                process.waitFor();
            } catch (InterruptedException toPassOn) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void listen() {
        try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                String[] words = line.split("\t", 3);
                int host = Integer.parseInt(words[0]);
                said.put(host, words[2]);
                (words[1].equals(AT) ? arrived : ended).get(host).countDown();
            }
        } catch (IOException killed) {
            // As it should be.
        }
    }

    public static void main(String[] arguments) throws IOException {
        CountDownLatch goOn = new CountDownLatch(1);
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (line.equals("go")) {
                    goOn.countDown();
                } else {
                    begin(line.split("\t", -1), goOn);
                }
            }
        }
        // Who gave the orders is gone.
        Runtime.getRuntime().halt(1);
    }

    private static void begin(String[] words, CountDownLatch goOn) {
        String host = words[0];
        Role.Order order = new Role.Order(
                words[2],
                Path.of(words[3]),
                new String(Base64.getDecoder().decode(words[4]), StandardCharsets.UTF_8),
                words[5]);
        Effects effects = Effects.stoppedBefore(Integer.parseInt(words[6]), () -> {
            say(host, AT, "");
            try {
                goOn.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        Thread.ofPlatform()
                .daemon()
                .start(() -> say(
                        host,
                        OVER,
                        NetworkNamespace.named(words[2])
                                .call(() -> Role.valueOf(words[1]).play(order, effects))));
    }

    private static void say(String host, String what, String more) {
        PrintStream out = System.out;
        synchronized (out) {
            out.println(host + "\t" + what + "\t" + more.replace('\n', ' '));
            out.flush();
            if (out.checkError()) {
                throw new UncheckedIOException(new IOException("nobody listens"));
            }
        }
    }
}
