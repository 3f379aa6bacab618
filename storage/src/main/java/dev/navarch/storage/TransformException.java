package dev.navarch.storage;

/** A value can't be brought into the form in which it is kept, or back. Nothing was written. */
public final class TransformException extends StoreException {
    private static final long serialVersionUID = 1L;

    /** A value that can't be written. */
    public TransformException(String why) {
        super(why);
    }

    /** @param place where the value lies, or should */
    public TransformException(String place, String why) {
        super("unable to transform key \"" + place + "\": " + why);
    }
}
