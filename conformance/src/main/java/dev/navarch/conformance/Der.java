package dev.navarch.conformance;

import java.io.ByteArrayOutputStream;

/** The little of ITU-T X.690's distinguished encoding that certificates and requests for them need. */
public final class Der {
    public static final int INTEGER = 0x02;
    public static final int BIT_STRING = 0x03;
    public static final int OCTET_STRING = 0x04;
    public static final int UTF8_STRING = 0x0c;
    public static final int UTC_TIME = 0x17;
    public static final int SEQUENCE = 0x30;
    public static final int SET = 0x31;

    private Der() {}

    /** A value of a tag whose content is these parts. */
    public static byte[] value(int tag, byte[]... parts) {
        var content = new ByteArrayOutputStream();
        for (var part : parts) {
            content.writeBytes(part);
        }
        var out = new ByteArrayOutputStream();
        out.write(tag);
        if (content.size() >= 0x10000) {
            throw new IllegalArgumentException("too long: " + content.size());
        }
        if (content.size() >= 0x100) {
            out.write(0x82);
            out.write(content.size() >> 8);
        } else if (content.size() >= 0x80) {
            out.write(0x81);
        }
        out.write(content.size());
        out.writeBytes(content.toByteArray());
        return out.toByteArray();
    }
}
