package io.onlink.coexistence;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A host on which systemd-networkd runs, and can be kept from starting again. What is run is noted. */
public final class StubbornHost implements Host {
    private final Map<String, FileContent> files = new TreeMap<>();
    private final List<String> restarts = new ArrayList<>();
    private boolean stubborn;

    /** What networkd is told to let go of eth0. */
    public static Instruction letGo() {
        return new Instruction.WriteFile(
                Program.NETWORKD,
                "eth0",
                "/run/systemd/network/00-onlink-eth0.network",
                null,
                new FileContent("[Match]\n", "rw-r--r--"));
    }

    public OtherPrograms others() {
        return new OtherPrograms(this, command -> {});
    }

    /** Whether a restart of it fails from now on. */
    public void setStubborn(boolean value) {
        stubborn = value;
    }

    /** All that were asked for so far. */
    public List<String> restarts() {
        return List.copyOf(restarts);
    }

    /** Of the files that it was told by. */
    public int files() {
        return files.size();
    }

    @Override
    public Answer run(List<String> command) {
        if (!command.contains("try-restart")) {
            return new Answer(0, "");
        }
        restarts.add(String.join(" ", command));
        return stubborn ? new Answer(1, "Job for systemd-networkd.service failed.") : new Answer(0, "");
    }

    @Override
    public boolean exists(String path) {
        return files.containsKey(path);
    }

    @Override
    public Optional<FileContent> read(String path) {
        return Optional.ofNullable(files.get(path));
    }

    @Override
    public List<String> list(String directory) {
        return List.of();
    }

    @Override
    public void write(String path, FileContent content) {
        files.put(path, content);
    }

    @Override
    public void delete(String path) {
        files.remove(path);
    }

    @Override
    public boolean runs(Service service) {
        return service == Service.NETWORKD;
    }

    @Override
    public List<RunningProgram> programs() {
        return List.of();
    }

    @Override
    public Optional<String> masterOf(String link) {
        return Optional.empty();
    }

    @Override
    public Optional<Integer> indexOf(String link) {
        return Optional.empty();
    }
}
