package io.onlink.netlink;

import io.onlink.model.Redirect;
import io.onlink.model.Redirect.Hook;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The filters of traffic control that redirect a link's frames, and the qdiscs that hold them: RTM_NEWQDISC, RTM_NEWTFILTER and
 * their like (linux/pkt_cls.h, linux/tc_act/tc_mirred.h).
 *
 * <pre>{@code
 * struct tcmsg {                // 20 bytes
 *     unsigned char  tcm_family;
 *     unsigned char  tcm__pad1;
 *     unsigned short tcm__pad2;
 *     int            tcm_ifindex;
 *     __u32          tcm_handle;
 *     __u32          tcm_parent;
 *     __u32          tcm_info;  // of a filter: preference << 16 | protocol in network order
 * };
 * }</pre>
 */
public final class RedirectMessages {
    private static final int TCA_KIND = 1;
    private static final int TCA_OPTIONS = 2;
    private static final int TCA_BPF_ACT = 1;
    private static final int TCA_BPF_OPS_LEN = 4;
    private static final int TCA_BPF_OPS = 5;
    private static final int TCA_ACT_KIND = 1;
    private static final int TCA_ACT_OPTIONS = 2;
    private static final int TCA_ACT_COOKIE = 6;
    private static final int TCA_MIRRED_PARMS = 2;

    /** The place of the only action in the list of actions. */
    private static final int FIRST_ACTION = 1;

    private static final int TCA_EGRESS_REDIR = 1;
    private static final int TCA_INGRESS_REDIR = 3;
    private static final int TC_ACT_STOLEN = 4;
    private static final int MIRRED_DIRECTION_PLACE = 20;

    private static final int ETH_P_ALL = 3;
    private static final int CLSACT_HANDLE = 0xffff_0000;
    private static final int TC_H_CLSACT = 0xffff_fff1;
    private static final int TC_H_CLSACT_INGRESS = 0xffff_fff2;
    private static final int TC_H_CLSACT_EGRESS = 0xffff_fff3;

    private RedirectMessages() {}

    /** A filter at one of the two hooks. */
    public sealed interface Filter {
        /** One of Onlink's. */
        record Ours(Redirect redirect) implements Filter {}

        /** Somebody else's. */
        record Foreign() implements Filter {}
    }

    /** Which link a notice is about: tcm_ifindex, behind the family and its padding. */
    static int linkIndex(Message message) {
        return message.payload().copy().skip(Integer.BYTES).s32();
    }

    /** For {@link NetlinkSocket#dump}: the qdiscs of all links. */
    public static Request listQdiscs() {
        return header(RtnetlinkConstants.RTM_GETQDISC, 0, 0, 0, 0, 0);
    }

    /** For {@link NetlinkSocket#dump}: the filters at a hook of a link. */
    public static Request listFilters(int linkIndex, Hook hook) {
        return header(RtnetlinkConstants.RTM_GETTFILTER, 0, linkIndex, 0, parent(hook), 0);
    }

    /** A qdisc that changes nothing by itself and has both hooks; EEXIST where there is one. */
    public static Request addQdisc(int linkIndex) {
        int flags = NetlinkConstants.NLM_F_CREATE | NetlinkConstants.NLM_F_EXCL;
        return header(RtnetlinkConstants.RTM_NEWQDISC, flags, linkIndex, CLSACT_HANDLE, TC_H_CLSACT, 0)
                .string(TCA_KIND, "clsact");
    }

    /** With all filters that it holds. */
    public static Request deleteQdisc(int linkIndex) {
        return header(RtnetlinkConstants.RTM_DELQDISC, 0, linkIndex, CLSACT_HANDLE, TC_H_CLSACT, 0);
    }

    public static Request addFilter(Redirect redirect, int linkIndex, int toIndex) {
        int flags = NetlinkConstants.NLM_F_CREATE | NetlinkConstants.NLM_F_EXCL;
        int parent = parent(redirect.hook());
        List<Redirect.Instruction> program = redirect.program();
        return header(RtnetlinkConstants.RTM_NEWTFILTER, flags, linkIndex, 0, parent, info())
                .string(TCA_KIND, "bpf")
                .nest(
                        TCA_OPTIONS,
                        options -> options.nest(
                                        TCA_BPF_ACT,
                                        actions -> actions.nest(FIRST_ACTION, a -> action(a, redirect, toIndex)))
                                .u16(TCA_BPF_OPS_LEN, program.size())
                                .attribute(
                                        TCA_BPF_OPS,
                                        ops -> program.forEach(line -> ops.u16(line.code())
                                                .u8(line.ifTrue())
                                                .u8(line.ifFalse())
                                                .s32((int) line.k()))));
    }

    /**
     * <pre>{@code
     * struct tc_mirred {     // 28 bytes
     *     __u32 index;       // of the action; 0: the kernel's choice
     *     __u32 capab;
     *     int   action;      // what becomes of the frame here
     *     int   refcnt;
     *     int   bindcnt;
     *     int   eaction;     // TCA_EGRESS_REDIR …
     *     __u32 ifindex;
     * };
     * }</pre>
     */
    private static void action(Request request, Redirect redirect, int toIndex) {
        request.string(TCA_ACT_KIND, "mirred")
                .nest(
                        TCA_ACT_OPTIONS,
                        options -> options.attribute(
                                TCA_MIRRED_PARMS,
                                parameters -> parameters
                                        .s32(0)
                                        .s32(0)
                                        .s32(TC_ACT_STOLEN)
                                        .s32(0)
                                        .s32(0)
                                        .s32(direction(redirect.hook()))
                                        .s32(toIndex)))
                .bytes(TCA_ACT_COOKIE, redirect.cookie());
    }

    /** Our filter at a link's hook; ENOENT where there is none. */
    public static Request deleteFilter(int linkIndex, Hook hook) {
        return header(RtnetlinkConstants.RTM_DELTFILTER, 0, linkIndex, 0, parent(hook), info());
    }

    /** The link whose clsact or ingress qdisc it is; empty for another kind of qdisc. */
    public static OptionalInt parseQdisc(Message message) {
        ByteReader reader = message.payload().copy();
        reader.skip(Integer.BYTES);
        int index = reader.s32();
        reader.skip(Integer.BYTES);
        int parent = reader.s32();
        return parent == TC_H_CLSACT ? OptionalInt.of(index) : OptionalInt.empty();
    }

    /** Empty for the head of a list of filters, which the kernel tells of too. */
    public static Optional<Filter> parseFilter(Message message, Hook hook, LinkNames names) {
        ByteReader reader = message.payload().copy();
        reader.skip(Integer.BYTES);
        int index = reader.s32();
        reader.skip(2 * Integer.BYTES);
        int info = reader.s32();
        Attributes attributes = Attributes.parse(reader);
        if (!attributes.has(TCA_OPTIONS)) {
            return Optional.empty();
        }
        // What the options of another kind mean, that kind alone knows.
        boolean isBpf = attributes.string(TCA_KIND).filter("bpf"::equals).isPresent();
        if (!isBpf || info >>> 16 != Redirect.PREFERENCE) {
            return Optional.of(new Filter.Foreign());
        }
        Attributes action = attributes
                .nested(TCA_OPTIONS)
                .flatMap(options -> options.nested(TCA_BPF_ACT))
                .flatMap(actions -> actions.nested(FIRST_ACTION))
                .orElse(Attributes.NONE);
        byte[] cookie = action.bytes(TCA_ACT_COOKIE).orElse(new byte[0]);
        Optional<ByteReader> mirred =
                action.nested(TCA_ACT_OPTIONS).flatMap(parameters -> parameters.find(TCA_MIRRED_PARMS));
        if (!Redirect.isCookie(cookie) || mirred.isEmpty()) {
            return Optional.of(new Filter.Foreign());
        }
        ByteReader target = mirred.get().skip(MIRRED_DIRECTION_PLACE);
        // An ingress qdisc, which is somebody else's, lists its filters whichever hook is asked for.
        if (target.s32() != direction(hook)) {
            return Optional.of(new Filter.Foreign());
        }
        int toIndex = target.s32();
        // The kernel forgets a link that is gone.
        String to = toIndex == 0 ? "" : names.name(toIndex);
        return Optional.of(new Filter.Ours(new Redirect(names.name(index), hook, to, Redirect.saysOwnsQdisc(cookie))));
    }

    /** The redirects among a link's filters; a qdisc that others use too is not ours to take away. */
    public static List<Redirect> redirects(List<Filter> filtersOfALink) {
        boolean shared = filtersOfALink.stream().anyMatch(Filter.Foreign.class::isInstance);
        List<Redirect> redirects = new ArrayList<>();
        for (Filter filter : filtersOfALink) {
            if (filter instanceof Filter.Ours(Redirect redirect)) {
                redirects.add(shared ? new Redirect(redirect.link(), redirect.hook(), redirect.to(), false) : redirect);
            }
        }
        return redirects;
    }

    private static int parent(Hook hook) {
        return switch (hook) {
            case INGRESS -> TC_H_CLSACT_INGRESS;
            case EGRESS -> TC_H_CLSACT_EGRESS;
        };
    }

    private static int direction(Hook hook) {
        return switch (hook) {
            case INGRESS -> TCA_INGRESS_REDIR;
            case EGRESS -> TCA_EGRESS_REDIR;
        };
    }

    private static int info() {
        boolean littleEndian = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
        return Redirect.PREFERENCE << 16 | (littleEndian ? ETH_P_ALL << Byte.SIZE : ETH_P_ALL);
    }

    private static Request header(int type, int flags, int linkIndex, int handle, int parent, int info) {
        return Request.of(type, flags)
                .u8(0)
                .u8(0)
                .u16(0)
                .s32(linkIndex)
                .s32(handle)
                .s32(parent)
                .s32(info);
    }
}
