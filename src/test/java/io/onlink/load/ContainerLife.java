package io.onlink.load;

import io.onlink.load.PluginCall.Kind;
import io.onlink.load.PluginSocket.Abandonment;
import io.onlink.load.PluginSocket.Question;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * What an engine asks the plugin for one container, from its start to its end, in an order in which engines ask. It may have its
 * {@link Mishap}. Of what the plugin refuses at the end an engine takes no notice, and never asks again.
 */
final class ContainerLife {
    private static final Duration LONGEST_RUN = Duration.ofSeconds(4);
    private static final int LONGEST_ABANDONMENT_MILLIS = 30;

    enum Mishap {
        NONE,
        /** Between two calls, or with one under way: it forgets the container. */
        THE_ENGINE_DIES,
        THE_ENGINE_DIES_IN_A_CALL,
        LEAVE_AND_DELETE_AT_ONCE,
        DELETE_BEFORE_LEAVE,
        LEAVE_TWICE,
        CREATE_TWICE,
        /** As of an engine that gave up on the first try. */
        JOIN_TWICE,
        JOIN_AFTER_DELETE
    }

    /**
     * What is to be started.
     *
     * @param fixed the address that the user named; null for one from the pool
     * @param network id of the segment's network
     * @param sandbox path of the container's network namespace
     */
    record Plan(
            int number,
            Terms ipv4,
            @Nullable Terms ipv6,
            @Nullable IpAddress fixed,
            String network,
            String sandbox,
            Mishap mishap) {}

    private final Plan plan;
    private final Random random;
    private final PluginSocket socket;
    private final RetryingCaller engine;
    private final EngineBook book;
    private final CallJournal journal;
    private final List<InterfaceAddress> addresses = new ArrayList<>();
    private int callsBeforeDeath;

    ContainerLife(Plan plan, Random random, PluginSocket socket, EngineBook book, CallJournal journal) {
        this.plan = plan;
        this.random = random;
        this.socket = socket;
        this.engine = new RetryingCaller(socket);
        this.book = book;
        this.journal = journal;
        boolean dies = plan.mishap() == Mishap.THE_ENGINE_DIES || plan.mishap() == Mishap.THE_ENGINE_DIES_IN_A_CALL;
        this.callsBeforeDeath = dies ? random.nextInt(9) : Integer.MAX_VALUE;
    }

    /** The engine died, for what this container is concerned. */
    private static final class EngineDied extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** From start to end. */
    void live() {
        try {
            if (!start()) {
                return;
            }
            RetryingCaller.pause(Duration.ofMillis(random.nextInt((int) LONGEST_RUN.toMillis())));
            end();
        } catch (EngineDied died) {
            journal.add(new JournalEntry.Forgotten(plan.number(), System.nanoTime()));
            book.remove(endpoint());
        }
    }

    /**
     * All calls of a start.
     *
     * @return whether it runs; if not, all is given back
     */
    boolean start() {
        if (!claim(plan.ipv4(), plan.fixed()) || (plan.ipv6() != null && !claim(plan.ipv6(), null))) {
            release();
            return false;
        }
        PluginCall created = ask(Kind.CREATE_ENDPOINT, creation());
        if (plan.mishap() == Mishap.CREATE_TWICE) {
            created = ask(Kind.CREATE_ENDPOINT, creation());
        }
        if (!created.isAnswered()) {
            release();
            return false;
        }
        book.put(new EngineBook.Entry(
                plan.number(),
                endpoint(),
                plan.ipv4().segment(),
                addresses.getFirst().toString(),
                addresses.size() > 1 ? addresses.get(1).toString() : null,
                created.text(),
                null));
        PluginCall joined = ask(Kind.JOIN, join());
        if (plan.mishap() == Mishap.JOIN_TWICE) {
            joined = ask(Kind.JOIN, join());
        }
        if (!joined.isAnswered()) {
            delete();
            release();
            return false;
        }
        book.joined(endpoint(), plan.sandbox());
        ask(Kind.OPER_INFO, about());
        ask(Kind.OPER_INFO, about());
        return true;
    }

    void end() {
        switch (plan.mishap()) {
            case LEAVE_AND_DELETE_AT_ONCE -> {
                Thread leaving = Thread.ofVirtual().start(() -> ask(Kind.LEAVE, about()));
                delete();
                join(leaving);
            }
            case DELETE_BEFORE_LEAVE -> {
                delete();
                ask(Kind.LEAVE, about());
            }
            case LEAVE_TWICE -> {
                ask(Kind.LEAVE, about());
                ask(Kind.LEAVE, about());
                delete();
            }
            case JOIN_AFTER_DELETE -> {
                ask(Kind.LEAVE, about());
                delete();
                ask(Kind.JOIN, join());
            }
            case NONE, THE_ENGINE_DIES, THE_ENGINE_DIES_IN_A_CALL, CREATE_TWICE, JOIN_TWICE -> {
                ask(Kind.LEAVE, about());
                delete();
            }
        }
        release();
    }

    /** The first digits make the link's name. */
    String endpoint() {
        return "%011x".formatted(plan.number()) + "e".repeat(53);
    }

    List<InterfaceAddress> addresses() {
        return List.copyOf(addresses);
    }

    private boolean claim(Terms terms, @Nullable IpAddress address) {
        PluginCall call = ask(
                Kind.REQUEST_ADDRESS,
                address,
                "{\"PoolID\":\"%s\",\"Address\":\"%s\"}".formatted(terms.poolId(), address == null ? "" : address));
        if (call.given() != null) {
            addresses.add(call.given());
        }
        return call.isAnswered();
    }

    private void delete() {
        book.remove(endpoint());
        ask(Kind.DELETE_ENDPOINT, about());
    }

    private void release() {
        for (InterfaceAddress address : addresses) {
            Terms terms = address.ip().family() == plan.ipv4().network().family() ? plan.ipv4() : plan.ipv6();
            ask(
                    Kind.RELEASE_ADDRESS,
                    address.ip(),
                    "{\"PoolID\":\"%s\",\"Address\":\"%s\"}".formatted(terms.poolId(), address.ip()));
        }
    }

    private String creation() {
        String ipv6 = addresses.size() > 1 ? addresses.get(1).toString() : "";
        return """
                {"NetworkID":"%s","EndpointID":"%s","Interface":{"Address":"%s","AddressIPv6":"%s","MacAddress":""},"Options":{}}""".formatted(plan.network(), endpoint(), addresses.getFirst(), ipv6);
    }

    private String join() {
        return """
                {"NetworkID":"%s","EndpointID":"%s","SandboxKey":"%s","Options":{}}""".formatted(plan.network(), endpoint(), plan.sandbox());
    }

    private String about() {
        return """
                {"NetworkID":"%s","EndpointID":"%s"}""".formatted(plan.network(), endpoint());
    }

    private PluginCall ask(Kind kind, String body) {
        return ask(kind, null, body);
    }

    private PluginCall ask(Kind kind, @Nullable IpAddress address, String body) {
        Question question = new Question(kind, plan.number(), plan.ipv4().segment(), address, body);
        if (callsBeforeDeath-- > 0) {
            return engine.call(question);
        }
        if (plan.mishap() == Mishap.THE_ENGINE_DIES_IN_A_CALL) {
            Duration after = Duration.ofMillis(random.nextInt(LONGEST_ABANDONMENT_MILLIS));
            var _ = socket.abandon(question, new Abandonment(random.nextBoolean(), after));
        }
        throw new EngineDied();
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }
}
