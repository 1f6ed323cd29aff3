package io.onlink.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Docker Compose as users have it, on the segments: version 1 on the machine's own engine, 2 on newer ones. */
class ComposeIT {
    private static final String SERVICE = "Service-Segment";
    private static final String ACCESS = "Access-Segment";

    /** One that takes what the pools give, and one that names its addresses. */
    private static final String SHOP = """
            web:
              { SERVICE, depends_on: [db],
                networks: { service: {}, access: {} } }
            db:
              { SERVICE, mac_address: "02:00:5e:00:53:01",
                networks: { access: { ipv4_address: 192.168.52.100, ipv6_address: "2001:db8:52::100" } } }
            """;

    @AutoClose
    private static EngineHost host;

    @BeforeAll
    static void start() throws IOException {
        host = EngineHost.start();
    }

    @AfterEach
    void removeAll() throws IOException {
        host.revive();
        host.removeContainers();
        host.tryDocker("network", "rm", "small_own");
    }

    /** By the guide's own example. */
    @Test
    void servicesAnswerOnTheSegments() throws IOException {
        ComposeProject shop = ComposeProject.ofGuide(host, "shop");
        shop.run("up", "-d");
        String web = shop.container("web", 1);
        List<String> database = shop.addresses("db", ACCESS);
        assertThat(database).contains("192.168.52.230", "02:00:5e:00:53:01");
        // By the engine's names, and without them.
        for (String peer : List.of("db", database.get(0), database.get(1))) {
            host.docker("exec", web, "/bin/ping", "-c", "1", "-W", "5", peer);
        }
        host.await("the outside", () -> asked("192.168.22.230", 80).contains("onlink test"));
        assertThat(host.ipIn(web, "route", "show", "default")).contains("via 192.168.22.1 ");
        host.await("the companion", () -> host.docker("top", web).contains("sleep 555"));
        host.docker("exec", "-d", web, "/bin/httpd", "-f", "-p", "81", "-h", "/www");
        host.await("the label", () -> asked("192.168.22.230", 81).isEmpty());
        assertThat(asked("192.168.22.230", 80)).contains("onlink test");

        List<String> before = List.of(shop.id("web"), shop.id("db"));
        shop.run("up", "-d");
        assertThat(List.of(shop.id("web"), shop.id("db"))).as("nothing to do").isEqualTo(before);
    }

    @Test
    void addressesStayWithAServiceHoweverItIsMadeAnew() throws IOException {
        ComposeProject shop = ComposeProject.on(host, "shop", SHOP);
        shop.run("up", "-d");
        List<String> before = all(shop);
        shop.run("up", "-d", "--force-recreate");
        assertThat(all(shop)).as("made anew").isEqualTo(before);
        String id = shop.id("web");
        shop.change("depends_on: [db]", "depends_on: [db], environment: { NEW: \"1\" }");
        shop.run("up", "-d");
        assertThat(shop.id("web")).isNotEqualTo(id);
        assertThat(all(shop)).as("another environment").isEqualTo(before);
        shop.run("restart", "-t", "0");
        assertThat(all(shop)).as("restarted side by side").isEqualTo(before);
        shop.run("stop", "-t", "0");
        shop.run("start");
        assertThat(all(shop)).as("stopped and started").isEqualTo(before);
        shop.run("down", "-t", "0");
        shop.run("up", "-d");
        assertThat(all(shop)).as("down and up").isEqualTo(before);
        shop.run("up", "-d", "--scale", "web=3");
        assertThat(Stream.of(1, 2, 3)
                        .map(number -> shop.addresses("web", number, SERVICE).getFirst()))
                .doesNotHaveDuplicates();
        shop.run("up", "-d", "--scale", "web=1");
        assertThat(all(shop)).as("more and less of it").isEqualTo(before);
        assertThat(shop.run("run", "--rm", "web", "/bin/ip", "addr")).contains("192.168.22.", "192.168.52.");
        // Nothing is kept for the names that Compose gives in between.
        assertThat(host.onlink("leases")).doesNotContainPattern("[0-9a-f]{12}_shop");
    }

    @Test
    void refusalsReachTheTerminal() throws IOException {
        ComposeProject shop = ComposeProject.on(host, "shop", SHOP);
        shop.run("up", "-d");
        host.addMachine("late0");
        host.inClient("ip", "link", "set", "late0", "address", "02:00:5e:00:53:77");
        host.inClient("ip", "addr", "add", "192.168.22.50/24", "dev", "late0");
        ComposeProject other = ComposeProject.on(
                host, "other", "web: { SERVICE, networks: { access: { ipv4_address: 192.168.52.100 } } }");
        assertThat(refused(other))
                .containsPattern("192.168.52.100 on segment Access-Segment is in use by container shop[-_]db[-_]1");
        other.change("access: { ipv4_address: 192.168.52.100 }", "service: { ipv4_address: 192.168.22.50 }");
        assertThat(refused(other)).contains("is in use outside, by the machine with MAC address 02:00:5e:00:53:77");
        other.change("192.168.22.50", "192.168.22.217");
        assertThat(refused(other)).contains("192.168.22.217", "the host's own, on br0");
        other.change("192.168.22.217", "192.168.22.101");
        other.run("up", "-d");
        assertThat(other.addresses("web", SERVICE)).contains("192.168.22.101");
        host.inClient("ip", "link", "delete", "late0");
    }

    @Test
    void aNetworkOfItsOwnIsAPartOfASegment() throws IOException {
        ComposeProject small = ComposeProject.of(host, "small", "web: { SERVICE, networks: [own] }", """
                networks:
                  own:
                    driver: onlink
                    driver_opts: { onlink.segment: Aside-Segment }
                    ipam: { driver: onlink, config: [{ subnet: 192.168.62.0/24, ip_range: 192.168.62.64/31 }] }
                """);
        HostProcesses.Result three = small.attempt("up", "-d", "--scale", "web=3");
        assertThat(three.exitCode()).isNotZero();
        assertThat(three.output()).contains("the pool of segment Aside-Segment (192.168.62.64-192.168.62.65) is full");
        small.run("up", "-d", "--scale", "web=2");
        assertThat(host.docker("ps", "-q").lines()).hasSize(2);
        small.run("down", "-t", "0");
        assertThat(host.docker("network", "ls", "--format", "{{.Name}}")).doesNotContain("small_own");
    }

    /** Each is told the other's name on the network that they share, as on any of Docker's. */
    @Test
    void twoProjectsShareASegment() throws IOException {
        String services = """
                web: { SERVICE, networks: { service: { aliases: [NAME-web] } } }
                client: { SERVICE, networks: [service] }
                """;
        ComposeProject blue = ComposeProject.on(host, "blue", services.replace("NAME", "blue"));
        ComposeProject green = ComposeProject.on(host, "green", services.replace("NAME", "green"));
        blue.run("up", "-d");
        green.run("up", "-d");
        for (String service : List.of("web", "client")) {
            assertThat(blue.addresses(service, SERVICE)).doesNotContainAnyElementsOf(green.addresses(service, SERVICE));
        }
        for (ComposeProject one : List.of(blue, green)) {
            String name = one == blue ? "blue-web" : "green-web";
            assertThat(host.docker("exec", one.container("client", 1), "/bin/ping", "-4", "-c", "1", "-W", "5", name))
                    .contains("(%s)".formatted(one.addresses("web", SERVICE).getFirst()));
        }
        blue.run("down", "-t", "0");
        host.docker("exec", green.container("client", 1), "/bin/ping", "-c", "1", "-W", "5", "web");
    }

    @Test
    void anAgentThatIsGoneForAMomentIsWaitedFor() throws IOException {
        ComposeProject shop = ComposeProject.on(host, "shop", SHOP);
        shop.run("up", "-d");
        List<String> before = all(shop);
        int silent = host.engineLog().length();
        host.killAgent();
        CompletableFuture<HostProcesses.Result> anew = shop.begin("up", "-d", "--force-recreate", "-t", "0");
        host.await(
                "the first to be stopped",
                () -> host.engineLog().substring(silent).contains("Unable to connect to plugin"));
        host.startAgent();
        assertThat(anew.join().exitCode()).as(anew.join().output()).isZero();
        assertThat(shop.addresses("db", ACCESS)).isEqualTo(before.subList(3, 6));
        String address = shop.addresses("web", SERVICE).getFirst();
        host.await("the outside", () -> asked(address, 80).contains("onlink test"));
    }

    @Test
    void anAttachmentsOptionsReachTheAgentWhereComposePassesThem() throws IOException {
        ComposeProject aside = ComposeProject.of(
                host, "aside", """
                web: { SERVICE, networks: { service: { driver_opts: { onlink.default-route: "false" } } } }
                """, "networks: { service: { external: true, name: Service-Segment } }\n");
        HostProcesses.Result result = aside.attempt("up", "-d");
        if (!host.engineIsAtLeast(26)) {
            // Compose 1 does not know them.
            assertThat(result.exitCode()).isNotZero();
            assertThat(result.output()).contains("driver_opts");
            return;
        }
        assertThat(result.exitCode()).as(result.output()).isZero();
        String web = aside.container("web", 1);
        // Compose 2.26 drops them.
        boolean isPassed = host.engineIsAtLeast(28);
        assertThat(host.ipIn(web, "route", "show", "default").isBlank()).isEqualTo(isPassed);
    }

    private static List<String> all(ComposeProject shop) {
        return Stream.of(shop.addresses("web", SERVICE), shop.addresses("db", ACCESS), shop.addresses("web", ACCESS))
                .flatMap(List::stream)
                .toList();
    }

    /** What is on the page; nothing where nobody answers. */
    private static String asked(String address, int port) {
        return host.inClient("curl", "-s", "-m", "2", "http://%s:%d/".formatted(address, port));
    }

    private static String refused(ComposeProject project) {
        HostProcesses.Result result = project.attempt("up", "-d");
        assertThat(result.exitCode()).as(result.output()).isNotZero();
        // Compose 1 breaks lines.
        return Pattern.compile("\\s+").matcher(result.output()).replaceAll(" ");
    }
}
