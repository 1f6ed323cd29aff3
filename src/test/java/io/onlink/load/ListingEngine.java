package io.onlink.load;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.unixdomain.server.UnixDomainServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.VirtualThreadPool;

/** As much of an engine's API as an agent asks of its own accord: the networks, and who is on them. It tells no events. */
final class ListingEngine implements AutoCloseable {
    private static final Pattern PATH = Pattern.compile("(?:/v[0-9.]+)?/(\\w+)(?:/([^/]+))?(?:/json)?");

    private final EngineBook book;
    private final Map<String, List<Terms>> networks;
    private final Server server = new Server(new VirtualThreadPool());
    private final Set<CountDownLatch> followers = ConcurrentHashMap.newKeySet();

    /** @param networks terms of each network, by its id */
    ListingEngine(Path socket, EngineBook book, Map<String, List<Terms>> networks) throws Exception {
        this.book = book;
        this.networks = Map.copyOf(networks);
        UnixDomainServerConnector connector = new UnixDomainServerConnector(server);
        connector.setUnixDomainPath(socket);
        // Who follows events may hear nothing for long.
        connector.setIdleTimeout(0);
        server.addConnector(connector);
        server.setHandler(new Answers());
        server.start();
    }

    /** Ends what follows events, as an engine that is restarted: then it is asked for everything again. */
    void interruptEvents() {
        followers.forEach(CountDownLatch::countDown);
    }

    @Override
    public void close() {
        interruptEvents();
        try {
            server.stop();
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    private final class Answers extends Handler.Abstract {
        @Override
        public boolean handle(Request request, Response response, Callback callback) throws InterruptedException {
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
            Matcher path = PATH.matcher(request.getHttpURI().getPath());
            if (!path.matches()) {
                return false;
            }
            if (path.group(1).equals("events")) {
                follow(response, callback);
                return true;
            }
            boolean stoppedOnly = Optional.ofNullable(request.getHttpURI().getQuery())
                    .filter(query -> query.contains("exited"))
                    .isPresent();
            Optional<String> answer = stoppedOnly ? Optional.of("[]") : answer(path.group(1), path.group(2));
            response.setStatus(answer.isPresent() ? 200 : 404);
            response.write(true, bytes(answer.orElse("{\"message\":\"no such thing\"}")), callback);
            return true;
        }

        private void follow(Response response, Callback callback) throws InterruptedException {
            CountDownLatch end = new CountDownLatch(1);
            followers.add(end);
            // An engine sends the head at once.
            response.write(false, bytes("\n"), Callback.NOOP);
            end.await();
            followers.remove(end);
            response.write(true, bytes(""), callback);
        }
    }

    private Optional<String> answer(String what, String which) {
        return switch (what) {
            case "version" -> Optional.of("{\"Version\":\"20.10.24\",\"ApiVersion\":\"1.41\"}");
            case "networks" ->
                which == null
                        ? Optional.of(list(networks.keySet().stream()
                                .map(id -> network(id))
                                .toList()))
                        : Optional.of(which).filter(networks::containsKey).map(this::network);
            case "containers" ->
                which == null || which.equals("json")
                        ? Optional.of(list(
                                book.all().stream().map(ListingEngine::listed).toList()))
                        : book.ofContainer(which).map(ListingEngine::inspected);
            default -> Optional.empty();
        };
    }

    private String network(String id) {
        List<Terms> terms = networks.get(id);
        String segment = terms.getFirst().segment();
        String subnets = list(terms.stream()
                .map(one -> "{\"Subnet\":\"%s\"}".formatted(one.network()))
                .toList());
        Collection<EngineBook.Entry> on = book.all().stream()
                .filter(entry -> entry.segment().equals(segment))
                .toList();
        return """
                {"Name":"%s","Id":"%s","Driver":"onlink","IPAM":{"Driver":"onlink","Config":%s},\
                "Options":{"onlink.segment":"%s"},"Containers":{%s}}""".formatted(
                        segment,
                        id,
                        subnets,
                        segment,
                        on.stream().map(ListingEngine::endpoint).collect(Collectors.joining(",")));
    }

    private static String endpoint(EngineBook.Entry entry) {
        return """
                "%s":{"Name":"%s","EndpointID":"%s","MacAddress":"%s","IPv4Address":"%s","IPv6Address":"%s"}""".formatted(
                        entry.container(),
                        entry.name(),
                        entry.endpoint(),
                        entry.mac(),
                        entry.ipv4(),
                        entry.ipv6() == null ? "" : entry.ipv6());
    }

    private static String listed(EngineBook.Entry entry) {
        return """
                {"Id":"%s","Names":["/%s"],"Labels":{},"NetworkSettings":{"Networks":{"%s":{"EndpointID":"%s"}}}}""".formatted(entry.container(), entry.name(), entry.segment(), entry.endpoint());
    }

    private static String inspected(EngineBook.Entry entry) {
        return """
                {"Id":"%s","Name":"/%s","State":{"Running":%s},"Config":{"Labels":{}},"NetworkSettings":{"SandboxKey":"%s",\
                "Networks":{"%s":{"EndpointID":"%s"}}}}""".formatted(
                        entry.container(),
                        entry.name(),
                        entry.sandbox() != null,
                        entry.sandbox() == null ? "" : entry.sandbox(),
                        entry.segment(),
                        entry.endpoint());
    }

    private static String list(Collection<String> items) {
        return "[" + String.join(",", items) + "]";
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
}
