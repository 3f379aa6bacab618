package dev.navarch.storage;

import static java.nio.charset.StandardCharsets.US_ASCII;

/** Writes a revision's decimal digits into values. */
final class RevisionDigits {
    private RevisionDigits() {}

    /** The draft as an entry of {@code revision}. */
    static Entry committed(String key, Draft draft, long createRevision, long revision) {
        var value = draft.revisionAt() < 0 ? draft.bytes() : replace(draft.bytes(), draft.revisionAt(), 0, revision);
        return new Entry(key, value, draft.revisionAt(), draft.topic(), createRevision, revision);
    }

    /** The last value of a key, carrying the revision of its deletion. */
    static Entry deleted(Entry last, long revision) {
        return last.isUnread()
                ? Entry.unread(last.key(), () -> deletedInFull(last, revision), last.createRevision(), revision)
                : deletedInFull(last, revision);
    }

    private static Entry deletedInFull(Entry last, long revision) {
        var value = last.revisionAt() < 0
                ? last.value()
                : replace(
                        last.value(),
                        last.revisionAt(),
                        Long.toString(last.revision()).length(),
                        revision);
        return new Entry(last.key(), value, last.revisionAt(), last.topic(), last.createRevision(), revision);
    }

    private static byte[] replace(byte[] bytes, int at, int old, long revision) {
        var digits = Long.toString(revision).getBytes(US_ASCII);
        var out = new byte[bytes.length - old + digits.length];
        System.arraycopy(bytes, 0, out, 0, at);
        System.arraycopy(digits, 0, out, at, digits.length);
        System.arraycopy(bytes, at + old, out, at + digits.length, bytes.length - at - old);
        return out;
    }
}
