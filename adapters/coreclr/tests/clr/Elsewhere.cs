// Native functions of another assembly, which Program calls from small methods.
using System.Runtime.InteropServices;

public static class Elsewhere
{
    [DllImport("clrtest")] public static extern int native_d(int argument);
}
