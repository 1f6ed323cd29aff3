package io.onlink.docker;

import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.MacAddress;
import java.util.List;
import java.util.Map;

/** Says what it was told, and answers always the same. */
class FixedAnswers implements NetworkDriver, IpamDriver {
    String understood = "nothing";
    RuntimeException refusal;

    private void note(Object request) {
        if (refusal != null) {
            throw refusal;
        }
        understood = request.toString();
    }

    @Override
    public void createNetwork(CreateNetwork request) {
        note(request);
    }

    @Override
    public void deleteNetwork(DeleteNetwork request) {
        note(request);
    }

    @Override
    public CreatedEndpoint createEndpoint(CreateEndpoint request) {
        note(request);
        return new CreatedEndpoint(
                request.endpoint().mac() != null
                        ? null
                        : new EndpointInterface(null, null, MacAddress.parse("02:42:c0:a8:16:de")));
    }

    @Override
    public void deleteEndpoint(EndpointCall request) {
        note(request);
    }

    @Override
    public Map<String, String> endpointOperInfo(EndpointCall request) {
        note(request);
        return Map.of();
    }

    @Override
    public Joined join(Join request) {
        note(request);
        return new Joined(
                new InterfaceName("onp0123456789a", "eth"),
                IpAddress.parse("192.168.22.1"),
                null,
                List.of(new StaticRoute(
                        IpNetwork.parse("172.16.52.0/24"), StaticRoute.VIA_ROUTER, IpAddress.parse("192.168.52.1"))),
                true);
    }

    @Override
    public void leave(EndpointCall request) {
        note(request);
    }

    @Override
    public Pool requestPool(RequestPool request) {
        note(request);
        return new Pool("a pool", IpNetwork.parse("192.168.22.0/24"));
    }

    @Override
    public void releasePool(ReleasePool request) {
        note(request);
    }

    @Override
    public LeasedAddress requestAddress(RequestAddress request) {
        note(request);
        return new LeasedAddress(InterfaceAddress.parse("192.168.22.222/24"));
    }

    @Override
    public void releaseAddress(ReleaseAddress request) {
        note(request);
    }
}
