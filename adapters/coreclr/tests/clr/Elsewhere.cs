// Native functions of another assembly, which Program calls from small methods.
using System.Runtime.InteropServices;

#if NAMESAKE
public static class Namesake
{
    [DllImport("clrtest")] public static extern int native_e(int argument);
}
#else
public static class Elsewhere
{
    [DllImport("clrtest")] public static extern int native_d(int argument);
}
#endif
