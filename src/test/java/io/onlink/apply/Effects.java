package io.onlink.apply;

import io.onlink.kernel.ForwardingKernel;
import io.onlink.kernel.Kernel;
import io.onlink.model.NetworkState;
import io.onlink.step.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * All that one process does to the kernel and to the disk, one effect after the other, in words; before the one of a given
 * number it is stopped. So each number is a moment at which a process can die, and no list of them is written by hand.
 */
final class Effects {
    private interface Moment {
        boolean isBefore(int number, String effect);
    }

    private final List<String> done = new ArrayList<>();
    private final Moment moment;
    private final Runnable stop;

    private Effects(Moment moment, Runnable stop) {
        this.moment = moment;
        this.stop = stop;
    }

    /** Only noted, none stopped. */
    static Effects recorded() {
        return new Effects((number, effect) -> false, () -> {});
    }

    /** @param stop runs before the effect of this number, counted from 0; the effect follows if it returns */
    static Effects stoppedBefore(int effect, Runnable stop) {
        return new Effects((number, next) -> number == effect, stop);
    }

    static Effects stoppedBefore(String effect, Runnable stop) {
        return new Effects((number, next) -> next.equals(effect), stop);
    }

    List<String> done() {
        return List.copyOf(done);
    }

    void before(String effect) {
        if (moment.isBefore(done.size(), effect)) {
            stop.run();
        }
        done.add(effect);
    }

    Kernel in(Kernel kernel) {
        return new ForwardingKernel(kernel) {
            @Override
            public NetworkState observe() {
                before("the kernel is read");
                return super.observe();
            }

            @Override
            public void perform(Step step) {
                // Who was heard of is copied: how many there are is not the same from run to run.
                if (!(step instanceof Step.AddNeighbour)) {
                    before(step.command());
                }
                super.perform(step);
            }
        };
    }

    StateDirectory in(Path directory) {
        Disk disk = new SyncedDisk();
        return new StateDirectory(directory, new Disk() {
            @Override
            public void write(Path file, String text) throws IOException {
                before("write " + file.getFileName() + phase(file, text));
                disk.write(file, text);
            }

            @Override
            public void rename(Path from, Path to) throws IOException {
                before("rename " + from.getFileName() + phase(from, Files.readString(from)));
                disk.rename(from, to);
            }

            @Override
            public void delete(Path file) throws IOException {
                if (Files.exists(file)) {
                    before("delete " + file.getFileName());
                    disk.delete(file);
                }
            }
        });
    }

    private static String phase(Path file, String text) {
        if (!file.getFileName().toString().startsWith("journal.json")) {
            return "";
        }
        for (Journal.Phase phase : Journal.Phase.values()) {
            if (text.contains("\"phase\" : \"" + phase + "\"")) {
                return " " + phase;
            }
        }
        return "";
    }

    DeadManTimer in(DeadManTimer timer) {
        return () -> {
            before("the guard watches");
            DeadManTimer.Watch watch = timer.watch();
            return () -> {
                before("the guard is let go");
                watch.close();
            };
        };
    }
}
