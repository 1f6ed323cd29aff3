package io.onlink.verify;

import io.onlink.failure.KernelException;
import io.onlink.libc.Errno;
import io.onlink.libc.SystemCallException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Asks targets side by side, each on a platform thread of its own, again and again until it answers or the time is over.
 * The threads are born in the network namespace of the calling thread, and so work there.
 */
final class Prober {
    /** The first repetition, for a frame that was lost; then twice as long each time, as far as a second. */
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    /** How long a thread sleeps before it looks whether the others are done. */
    private static final Duration GLANCE = Duration.ofMillis(50);

    private final Duration firstPause;
    private final long deadline;
    private final CountDownLatch awaited;

    private Prober(Duration limit, Duration firstPause, int awaited) {
        this.firstPause = firstPause;
        this.deadline = System.nanoTime() + limit.toNanos();
        this.awaited = new CountDownLatch(awaited);
    }

    /** @param awaited whether the others go on until this one answered, or the time is over */
    record Question(Target target, Probe probe, boolean awaited) {
        private boolean mayAnswer() {
            return awaited && !(probe instanceof Probe.Impossible);
        }
    }

    /**
     * Ends when all awaited targets have answered and the others had a first try, at the latest when the time is over.
     *
     * @throws KernelException where the kernel gives no sockets
     */
    static List<Outcome> ask(List<Question> questions, Duration limit) {
        return ask(questions, limit, FIRST_PAUSE);
    }

    /** The same, with another pause before the first repetition. */
    static List<Outcome> ask(List<Question> questions, Duration limit, Duration firstPause) {
        long awaited = questions.stream().filter(Question::mayAnswer).count();
        Prober prober = new Prober(limit, firstPause, Math.toIntExact(awaited));
        try (ExecutorService threads = Executors.newThreadPerTaskExecutor(
                Thread.ofPlatform().name("probe-", 1).factory())) {
            List<Future<Outcome>> running = new ArrayList<>();
            for (Question question : questions) {
                running.add(threads.submit(() -> prober.outcome(question)));
            }
            return running.stream().map(Prober::result).toList();
        }
    }

    private static Outcome result(Future<Outcome> running) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return running.get();
                } catch (InterruptedException tooEarly) {
                    // Within the time limit it ends by itself; half a verdict would be none.
                    interrupted = true;
                }
            }
        } catch (ExecutionException failed) {
            throw explained(failed);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static RuntimeException explained(ExecutionException failed) {
        return switch (failed.getCause()) {
            case SystemCallException refused ->
                new KernelException(
                        "open a socket for a probe",
                        refused.errno().number(),
                        refused.getMessage()
                                + (refused.errno().equals(Errno.EPERM)
                                        ? "; run it as root (CAP_NET_RAW is needed)"
                                        : ""),
                        refused);
            case RuntimeException unchecked -> unchecked;
            case Error error -> throw error;
            case null, default -> throw new AssertionError("a probe throws nothing checked", failed);
        };
    }

    private Outcome outcome(Question question) {
        Outcome outcome = new Outcome(question.target(), question.probe(), reply(question.probe()));
        if (question.awaited() && outcome.answered()) {
            awaited.countDown();
        }
        return outcome;
    }

    private Reply reply(Probe probe) {
        return switch (probe) {
            case Probe.Solicitation solicitation -> {
                try (Exchange exchange = Exchange.open(solicitation)) {
                    yield reply(exchange);
                }
            }
            case Probe.Echo echo -> {
                try (Exchange exchange = Exchange.open(echo)) {
                    yield reply(exchange);
                }
            }
            case Probe.EchoFrom echo -> {
                try (Exchange exchange = new EchoExchange(echo)) {
                    yield reply(exchange);
                }
            }
            case Probe.Impossible _ -> new Reply.Silence();
        };
    }

    private Reply reply(Exchange exchange) {
        Reply last = new Reply.Silence();
        Duration pause = firstPause;
        while (true) {
            last = asked(exchange, last);
            long nextTry = Math.min(System.nanoTime() + pause.toNanos(), deadline);
            for (long left = nextTry - System.nanoTime(); left > 0; left = nextTry - System.nanoTime()) {
                Optional<Reply> heard = exchange.listen(atMost(GLANCE, left));
                if (heard.isPresent()) {
                    last = heard.get();
                }
                if (last.isAnswer() || (awaited.getCount() == 0 && pause.compareTo(firstPause) > 0)) {
                    return last;
                }
            }
            if (System.nanoTime() - deadline >= 0 || awaited.getCount() == 0) {
                return last;
            }
            pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
        }
    }

    /** A refusal is no end: a link that comes up, an address whose duplicate detection ends, may yet make a way. */
    private static Reply asked(Exchange exchange, Reply last) {
        try {
            exchange.ask();
            return last;
        } catch (SystemCallException refused) {
            return new Reply.Refused("this host says: " + refused.errno());
        }
    }

    private static Duration atMost(Duration most, long nanos) {
        // Rounded up: the kernel counts in milliseconds, and zero of them would make the last one a busy loop.
        return Duration.ofMillis(Math.min(most.toMillis(), nanos / 1_000_000 + 1));
    }
}
