package io.onlink.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;

/** A project of Docker Compose on a test's host, by the real program. */
final class ComposeProject {
    /** As all services here are: one that answers on port 80. */
    private static final String SERVICE = "image: busybox:test, command: /bin/httpd -f -h /www, stop_signal: KILL";

    private static final String NETWORKS = """
            networks:
              service: { external: true, name: Service-Segment }
              access: { external: true, name: Access-Segment }
            """;

    private final EngineHost host;
    private final String name;
    private final Path file;

    private ComposeProject(EngineHost host, String name, Path file) {
        this.host = host;
        this.name = name;
        this.file = file;
    }

    /**
     * On the segments' own networks, by the names of {@link #NETWORKS}.
     *
     * @param services the part of the file below {@code services:}, with {@code SERVICE} for what each begins with
     */
    static ComposeProject on(EngineHost host, String name, String services) throws IOException {
        return of(host, name, services, NETWORKS);
    }

    /** @param networks the part of the file that begins with {@code networks:} */
    static ComposeProject of(EngineHost host, String name, String services, String networks) throws IOException {
        ComposeProject project =
                new ComposeProject(host, name, host.project(name).resolve("docker-compose.yml"));
        // Compose 1 takes a file without a version for one of its first format, or of 3.
        Files.writeString(
                project.file,
                "version: \"2.4\"\nservices:\n"
                        + services.replace("SERVICE", SERVICE).indent(2) + networks);
        return project;
    }

    /** The guide's example, with programs that are here. */
    static ComposeProject ofGuide(EngineHost host, String name) throws IOException {
        ComposeProject project =
                new ComposeProject(host, name, host.project(name).resolve("docker-compose.yml"));
        String example = Files.readString(Path.of("docs", "docker-driver.md"))
                .replaceFirst("(?s).*\n## Compose\n.*?\n\n(?=    )", "")
                .replaceFirst("(?s)\n\n.*", "\n");
        Files.writeString(
                project.file, example.replaceAll("( *)image: almalinux8:2", "$1" + SERVICE.replace(", ", "\n$1")));
        return project;
    }

    /** As by an editor. */
    void change(String what, String into) throws IOException {
        String before = Files.readString(file);
        assertThat(before).contains(what);
        Files.writeString(file, before.replace(what, into));
    }

    /** What a command said that has to succeed. */
    String run(String... arguments) {
        HostProcesses.Result result = attempt(arguments);
        assertThat(result.exitCode())
                .as("docker-compose %s: %s%n%s", String.join(" ", arguments), result.output(), host.logs())
                .isZero();
        return result.output();
    }

    HostProcesses.Result attempt(String... arguments) {
        return host.run(host.compose(file, arguments));
    }

    /** Starts a command, and does not wait for it. */
    CompletableFuture<HostProcesses.Result> begin(String... arguments) {
        CompletableFuture<HostProcesses.Result> result = new CompletableFuture<>();
        Thread.ofPlatform().daemon().start(() -> {
            try {
                result.complete(attempt(arguments));
            } catch (RuntimeException failed) {
                result.completeExceptionally(failed);
            }
        });
        return result;
    }

    /** The container of a service: versions differ in how they name it. */
    String container(String service, int number) {
        Pattern pattern = Pattern.compile("%s[-_]%s[-_]%d".formatted(name, service, number));
        List<String> found = new ArrayList<>();
        host.docker("ps", "-a", "--format", "{{.Names}}")
                .lines()
                .filter(pattern.asMatchPredicate())
                .forEach(found::add);
        assertThat(found).as("containers of %s", service).hasSize(1);
        return found.getFirst();
    }

    String id(String service) {
        return host.docker("inspect", "-f", "{{.Id}}", container(service, 1)).strip();
    }

    /** What a service's first container has on a network: IPv4, IPv6 and MAC address. */
    List<String> addresses(String service, String network) {
        return addresses(service, 1, network);
    }

    List<String> addresses(String service, int number, String network) {
        String addresses =
                "{{with index .NetworkSettings.Networks \"NETWORK\"}}{{.IPAddress}} {{.GlobalIPv6Address}} {{.MacAddress}}{{end}}";
        return List.of(host.docker("inspect", "-f", addresses.replace("NETWORK", network), container(service, number))
                .strip()
                .split(" ", -1));
    }
}
