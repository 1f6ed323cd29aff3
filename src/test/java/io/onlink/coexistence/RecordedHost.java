package io.onlink.coexistence;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A host as it was once: files below a folder, and a record of what real programs of Debian 12 answered ({@code
 * answers.txt}: a command after "$ ", its output, "= exit code"). What is written stays in memory; other commands than the
 * recorded ones are noted, and succeed.
 */
final class RecordedHost implements Host {
    private final Map<String, FileContent> files = new TreeMap<>();
    private final Map<String, Answer> answers = new LinkedHashMap<>();
    private final List<String> told = new ArrayList<>();

    RecordedHost(Path folder) throws IOException {
        Path root = folder.resolve("root");
        try (Stream<Path> found = Files.walk(root)) {
            for (Path file : found.filter(Files::isRegularFile).toList()) {
                String text = Files.readString(file, StandardCharsets.ISO_8859_1);
                files.put("/" + root.relativize(file), FileContent.of(text));
            }
        }
        Path record = folder.resolve("answers.txt");
        if (Files.exists(record)) {
            readAnswers(Files.readAllLines(record));
        }
    }

    private void readAnswers(List<String> lines) {
        String command = "";
        StringBuilder output = new StringBuilder();
        for (String line : lines) {
            if (line.startsWith("$ ")) {
                command = line.substring(2);
                output = new StringBuilder();
            } else if (line.startsWith("= ")) {
                answers.put(command, new Answer(Integer.parseInt(line.substring(2)), output.toString()));
            } else {
                output.append(line).append('\n');
            }
        }
    }

    Map<String, FileContent> files() {
        return new TreeMap<>(files);
    }

    /** Another answer from now on. */
    void answer(String command, String output) {
        answers.put(command, new Answer(0, output));
    }

    List<String> told() {
        return told;
    }

    @Override
    public boolean exists(String path) {
        return files.containsKey(path) || files.keySet().stream().anyMatch(file -> file.startsWith(path + "/"));
    }

    @Override
    public Optional<FileContent> read(String path) {
        return Optional.ofNullable(files.get(path));
    }

    @Override
    public List<String> list(String directory) {
        return files.keySet().stream()
                .filter(file -> file.substring(0, file.lastIndexOf('/')).equals(directory))
                .toList();
    }

    @Override
    public void write(String path, FileContent content) {
        if (path.startsWith("/read-only/")) {
            throw new UncheckedIOException(new IOException("read-only file system"));
        }
        files.put(path, content);
    }

    @Override
    public void delete(String path) {
        files.remove(path);
    }

    @Override
    public Answer run(List<String> command) {
        String words = String.join(" ", command);
        Answer answer = answers.get(words);
        if (answer != null) {
            return answer;
        }
        told.add(words.lines().findFirst().orElseThrow());
        return new Answer(0, "");
    }

    @Override
    public boolean runs(Service service) {
        return Optional.ofNullable(answers.get("systemctl show --property=MainPID --value " + service.unit()))
                .filter(answer -> !answer.output().equals("0\n"))
                .isPresent();
    }

    /** As {@code ps} shows them: the number, then the command. */
    @Override
    public List<RunningProgram> programs() {
        Answer processes = answers.getOrDefault("ps -eo pid,args --no-headers", new Answer(0, ""));
        return processes
                .output()
                .lines()
                .map(line -> line.strip().split("\\s+", 2))
                .map(words -> new RunningProgram(Long.parseLong(words[0]), List.of(words[1].split(" "))))
                .toList();
    }

    @Override
    public Optional<String> masterOf(String link) {
        return Optional.ofNullable(answers.get("readlink /sys/class/net/" + link + "/master"))
                .map(answer -> answer.output().strip());
    }

    @Override
    public Optional<Integer> indexOf(String link) {
        return link.matches("(eth|br)\\d") ? Optional.of(2) : Optional.empty();
    }
}
