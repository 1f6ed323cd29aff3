package io.onlink.cli;

import io.onlink.apply.HostChange;
import io.onlink.apply.Transaction;
import io.onlink.failure.ConfigurationException;
import io.onlink.kernel.Kernel;
import java.io.Console;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Help.Ansi;

/** Shows a change, asks, makes it and says so: what {@code apply} and {@code down} have in common. */
final class HostWriter {
    private final PrintWriter out;
    private final PlanPrinter printer;

    HostWriter(PrintWriter out) {
        this.out = out;
        this.printer = new PlanPrinter(out, Ansi.AUTO);
    }

    /** Shows what will be done; where nobody is asked, each step is shown when it is done, and not before. */
    void show(HostChange change, boolean withoutAsking) {
        if (withoutAsking && !change.plan().isEmpty()) {
            printer.printLeftOut(change);
        } else {
            printer.print(change);
        }
    }

    /**
     * Asks the person at the terminal.
     *
     * @throws ConfigurationException if there is nobody to ask
     */
    boolean isConsentedTo(String question) {
        Console console = Optional.ofNullable(System.console())
                .filter(Console::isTerminal)
                .orElseThrow(() -> new ConfigurationException(
                        "nobody is at a terminal to say yes to this plan, and nothing was changed: give --yes"));
        String answer = console.readLine("%s [y/N] ", question);
        return answer != null
                && answer.strip().toLowerCase(java.util.Locale.ROOT).startsWith("y");
    }

    /**
     * Makes the change. A signal that would end the process (Ctrl-C, a lost ssh connection) waits until
     * the change is made or undone.
     */
    void make(HostChange change, Kernel kernel) {
        CountDownLatch ended = new CountDownLatch(1);
        Thread hold = Thread.ofPlatform().unstarted(() -> awaitQuietly(ended));
        Runtime.getRuntime().addShutdownHook(hold);
        try {
            Transaction transaction = new Transaction(kernel, step -> {
                out.println(printer.line(step));
                out.flush();
            });
            transaction.run(change);
        } finally {
            ended.countDown();
        }
        out.printf("%d steps done and read back.%n", change.plan().steps().size());
        out.flush();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
