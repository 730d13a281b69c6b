// The managed half of the live tests. Main runs the scenario that its first argument names; a host may also call the
// public static methods through pointers from coreclr_create_delegate.
using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

public delegate void Callback(int argument);

public static class Native
{
    const string Library = "clrtest";

    [DllImport(Library)] public static extern void native_a(Callback managedB, int argument);
    [DllImport(Library)] public static extern int native_c(int argument);
    [DllImport(Library)] public static extern void call_back(Callback managed, int times);
    [DllImport(Library)] public static extern int jump_over(Callback managed);
    [DllImport(Library)] public static extern void jump_out(int number);
    [DllImport(Library)] public static extern void throw_native();
    [DllImport(Library)] public static extern int catch_over(Callback managed);
    [DllImport(Library)] public static extern int catch_own();
    [DllImport(Library)] public static extern void foreign_threads(Callback managed, int threads, int times);
    [DllImport(Library)] public static extern void end_thread();
    [DllImport(Library)] public static extern int thread_has_ended();
    [DllImport(Library)] public static extern void call_at_thread_end(Callback managed);
    [DllImport(Library)] public static extern void start_coroutine(Callback managed);
    [DllImport(Library)] public static extern void yield();
    [DllImport(Library)] public static extern void resume_coroutine();
    [DllImport(Library)] public static extern void lend_stack(Callback managed, int times);
    [DllImport(Library)] public static extern void on_higher_stack(Callback managed);
    [DllImport(Library)] public static extern void end_process(int code);
    [DllImport(Library)] public static extern int end_forked();
    [DllImport(Library)] public static extern void set_errno(int value);
    [DllImport(Library)] public static extern int get_errno();
    [DllImport(Library)] public static extern int errno_over(Callback managed, int value);
    [DllImport(Library)] public static extern void wait_here();
    [DllImport(Library)] public static extern int count_waiting();
    [DllImport(Library)] public static extern void release();
}

public static class Program
{
    // Delegates that native code holds must not be collected.
    static readonly Callback B = argument => Native.native_c(argument);
    static readonly Callback Deeper = Nest;
    static readonly Callback JumpOut = argument => Native.jump_out(0);
    static readonly Callback Throw = argument => { throw new InvalidOperationException("managed"); };
    static readonly Callback OnHigherStack = argument => Native.on_higher_stack(B);
    static readonly Callback ThrowNative = argument => { Native.throw_native(); };

    public static int Main(string[] arguments)
    {
        int number = arguments.Length > 1 ? int.Parse(arguments[1]) : 0;
        switch (arguments[0])
        {
            case "nested": Nested(0); return 0;
            case "deep": Nest(number); return 0;
            case "roundtrips": return RoundTrips(8, number);
            case "inlined": return Inlined(number);
            case "longjmp": return LongJump(number);
            case "recursive-longjmp": return RecursiveLongJump(number, int.Parse(arguments[2]));
            case "collectible": return Collectible(number);
            case "managed-exception": return ManagedException(number);
            case "unhandled-exception": throw new InvalidOperationException("managed");
            case "exception-caught-by-native": return ExceptionCaughtByNative(number);
            case "exception-through-native": return ExceptionThroughNative();
            case "exception-on-foreign-thread": Native.foreign_threads(Throw, 1, 1); return 0;
            case "native-exception-over-managed": return Native.catch_over(ThrowNative);
            case "native-exception-into-managed": return NativeExceptionIntoManaged();
            case "native-exception-in-native": return NativeExceptionInNative(number);
            case "threads": return Threads(number);
            case "foreign": Native.foreign_threads(B, 4, number); return 0;
            case "pthread-exit": return PthreadExit(() => Native.end_thread());
            case "pthread-exit-below": return PthreadExit(() => Native.call_back(argument => Native.end_thread(), 1));
            case "blocking-waits": return BlockingWaits();
            case "thread-exit-hook": for (int i = 0; i < number; i++) Native.call_at_thread_end(B); return Native.native_c(1) - 2;
            case "coroutine": return Coroutine(number);
            case "second-stack": Native.lend_stack(OnHigherStack, number); return 0;
            case "exit": Native.end_process(number); return 1;
            case "exit-forked": return 1 - Native.end_forked();
            case "exit-inside": Native.call_back(argument => Native.end_process(number), 1); return 1;
            case "environment-exit": Native.call_back(argument => Environment.Exit(number), 1); return 1;
            case "errno": return Errno(number);
            case "wait": return Wait(number);
            case "measure": return Measure();
            default: Console.WriteLine("no scenario " + arguments[0]); return 2;
        }
    }

    public static void Nested(int argument) { Native.native_a(B, argument); }

    public static void Nest(int levels) { if (levels > 0) Native.native_a(Deeper, levels - 1); }

    // Each thread makes `times` round trips, every one of them out, in, out, back, back, back, while collections run.
    static int RoundTrips(int threads, int times)
    {
        bool stop = false;
        var collector = new Thread(() => { while (!Volatile.Read(ref stop)) { GC.Collect(0); Thread.Sleep(0); } });
        collector.Start();
        RunThreads(threads, () =>
        {
            for (int i = 0; i < times; i++)
            {
                Native.native_a(B, i);
                if (i % 1000 == 0) GC.KeepAlive(new byte[2000]);
            }
        });
        Volatile.Write(ref stop, true);
        collector.Join();
        return GC.CollectionCount(0) > 0 ? 0 : 1;
    }

    static void RunThreads(int threads, ThreadStart body)
    {
        var all = new Thread[threads];
        for (int t = 0; t < threads; t++) (all[t] = new Thread(body)).Start();
        foreach (var thread in all) thread.Join();
    }

    // Small methods around a native call, in loops hot enough to be optimised: what the JIT likes to inline.
    static int Small(int argument) { return Native.native_c(argument); }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static int Abroad(int argument) { return Elsewhere.native_d(argument); }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static int AbroadByName(int argument) { return Namesake.native_e(argument); }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static int Eager(int argument) { return Native.native_c(argument); }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static int Batch(int argument)
    {
        int sum = argument;
        for (int i = 0; i < 100; i++)
        {
            sum += Small(i); sum += Eager(i); sum += Native.native_c(i);
            sum += Abroad(i); sum += AbroadByName(i);
        }
        return sum;
    }

    static int Inlined(int batches)
    {
        int sum = 0;
        for (int i = 0; i < batches; i++)
        {
            sum += Batch(i);
            // Optimised code is compiled in the background, after a while.
            if (i == batches / 2) Thread.Sleep(600);
        }
        return sum == 0 ? 1 : 0;
    }

    static int LongJump(int times)
    {
        for (int i = 0; i < times; i++) if (Native.jump_over(JumpOut) != 1) return 1;
        return Native.native_c(1) == 2 ? 0 : 1;
    }

    static int recursion, landing;
    static readonly Callback Recurse = RecurseOrJump;
    static void RecurseOrJump(int argument)
    {
        if (--recursion > 0) Native.jump_over(Recurse); else Native.jump_out(landing);
    }
    // `depth` calls of jump_over below each other; the innermost jumps to the landing with this number.
    static int RecursiveLongJump(int depth, int to)
    {
        recursion = depth;
        landing = to;
        return Native.jump_over(Recurse) + 1;
    }

    // Loads this assembly again and again where it can be unloaded, calls native code from there, and waits until all is
    // unloaded: a finalizer of the runtime does that, once nothing refers to what was loaded.
    static int Collectible(int times)
    {
        var loaded = new WeakReference[times];
        Action collect = () => { GC.Collect(); GC.WaitForPendingFinalizers(); };
        for (int i = 0; i < times; i++) { loaded[i] = LoadCallUnload(); collect(); }
        return Await(() => { collect(); return !Array.Exists(loaded, one => one.IsAlive); }) ? 0 : 1;
    }

    // A class of what was loaded: it lives as long as its code.
    [MethodImpl(MethodImplOptions.NoInlining)]
    static WeakReference LoadCallUnload()
    {
        // The C# compiler knows an older library, without this class.
        var type = Type.GetType("System.Runtime.Loader.AssemblyLoadContext, System.Runtime.Loader");
        object context = Activator.CreateInstance(type, "collectible", true);
        object assembly = type.GetMethod("LoadFromAssemblyPath")
            .Invoke(context, new object[] { typeof(Program).Assembly.Location });
        var native = ((System.Reflection.Assembly)assembly).GetType("Program");
        native.GetMethod("CallOnce").Invoke(null, null);
        type.GetMethod("Unload").Invoke(context, null);
        return new WeakReference(native, true);
    }

    public static int CallOnce() { return Native.native_c(1); }

    static int ManagedException(int times)
    {
        int caught = 0;
        for (int i = 0; i < times; i++)
        {
            Callback catches = argument => { try { Throw(argument); } catch (InvalidOperationException) { caught++; } };
            Native.call_back(catches, 1);
        }
        return caught == times ? 0 : 1;
    }

    // Native code that catches everything gets the exception, where the runtime lets it out.
    static int ExceptionCaughtByNative(int times)
    {
        for (int i = 0; i < times; i++)
        {
            if (Native.catch_over(Throw) != 2) return 1;
            GC.Collect();
        }
        return Native.native_c(1) == 2 ? 0 : 1;
    }

    static int ExceptionThroughNative()
    {
        try { Native.call_back(Throw, 1); } catch (InvalidOperationException) { return 0; }
        return 1;
    }

    static int NativeExceptionIntoManaged()
    {
        try { Native.throw_native(); } catch (Exception) { return 0; }
        return 1;
    }

    static int NativeExceptionInNative(int times)
    {
        Callback own = argument => Native.catch_own();
        for (int i = 0; i < times; i++) if (Native.catch_over(own) != 0) return 1;
        return 0;
    }

    static int Threads(int number)
    {
        for (int i = 0; i < number; i++)
        {
            var thread = new Thread(() => Native.native_a(B, 1));
            thread.Start();
            thread.Join();
        }
        return 0;
    }

    // True as soon as it is so; false if that takes far longer than it ever does.
    static bool Await(Func<bool> isSo)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while (!isSo())
        {
            if (watch.Elapsed.TotalSeconds > 600) return false;
            Thread.Sleep(1);
        }
        return true;
    }

    static int PthreadExit(ThreadStart end)
    {
        var thread = new Thread(end);
        thread.IsBackground = true;
        thread.Start();
        for (int i = 0; i < 200; i++) { Native.native_c(i); Thread.Sleep(1); }
        return Await(() => Native.thread_has_ended() != 0) ? 0 : 1;
    }

    // Waits of every kind, on a thread of its own that does nothing else.
    static int BlockingWaits()
    {
        object held = new object();
        var signal = new ManualResetEvent(false);
        var waiter = new Thread(() =>
        {
            Thread.Sleep(1);
            signal.WaitOne(1);
            var other = new Thread(() => { lock (held) { signal.Set(); Thread.Sleep(20); } });
            other.Start();
            signal.WaitOne();
            lock (held) { Monitor.Wait(held, 1); }
            other.Join();
        }) { Name = "waiter" };
        waiter.Start();
        waiter.Join();
        return Native.native_c(1) - 2;
    }

    // The coroutine is left in the middle and comes back later, from where nobody called it.
    static int Coroutine(int times)
    {
        Callback coroutine = argument => { Native.yield(); Native.native_c(1); };
        for (int i = 0; i < times; i++)
        {
            Native.start_coroutine(coroutine);
            Native.native_c(1);
            Native.resume_coroutine();
        }
        GC.KeepAlive(coroutine);
        return 0;
    }

    static int Errno(int times)
    {
        for (int i = 1; i <= times; i++)
        {
            Native.set_errno(i);
            if (Native.get_errno() != i) return 1;
            if (Native.errno_over(Empty, i) != i) return 2;
        }
        return 0;
    }

    // `threads` threads wait in native code below a callback; once all do, a line says so, and they are released when a
    // line comes in.
    static int Wait(int threads)
    {
        var all = new Thread[threads];
        Callback wait = argument => Native.wait_here();
        for (int t = 0; t < threads; t++) (all[t] = new Thread(() => Native.native_a(wait, 0)) { Name = "waits" }).Start();
        if (!Await(() => Native.count_waiting() == threads)) { Native.release(); return 1; }
        Console.WriteLine("waiting");
        string line = Console.ReadLine();
        Native.release();
        foreach (var thread in all) thread.Join();
        GC.KeepAlive(wait);
        return line == "go on" ? 0 : 1;
    }

    // Prints what a call out, a call out with a call back in it, and a step of small methods cost, in picoseconds: the least
    // of many rounds.
    static int Measure()
    {
        Console.WriteLine("call " + Least(100000, n => { for (int i = 0; i < n; i++) Native.native_c(i); }));
        Console.WriteLine("callback " + Least(100000, n => Native.call_back(Empty, n)));
        Console.WriteLine("managed " + Least(1000000, n => { var v = new Pair(1, 2); for (int i = 0; i < n; i++) v = v.Add(v.Turn()); Sink = v.X; }));
        return 0;
    }

    static readonly Callback Empty = argument => { };
    public static double Sink;

    struct Pair
    {
        public readonly double X, Y;
        public Pair(double x, double y) { X = x; Y = y; }
        public Pair Turn() { return new Pair(-Y, X); }
        public Pair Add(Pair other) { return new Pair(X * 0.5 + other.X, Y * 0.5 + other.Y); }
    }

    static long Least(int steps, Action<int> work)
    {
        double least = double.MaxValue;
        for (int round = 0; round < 60; round++)
        {
            var watch = System.Diagnostics.Stopwatch.StartNew();
            work(steps);
            least = Math.Min(least, watch.Elapsed.TotalMilliseconds);
            // Optimised code is compiled in the background, after a while.
            if (round == 30) Thread.Sleep(300);
        }
        return (long)(least * 1e9 / steps);
    }

    // For hosts, beside Nested and Nest: called through pointers from coreclr_create_delegate.
    static readonly Callback WaitHere = argument => Native.wait_here();
    public static void WaitNested(int argument) { Native.native_a(WaitHere, argument); }
    // .NET Core 3.1 announces calls through pointers of delegates, but not through pointers to static methods.
    static readonly Callback NestedDelegate = Nested;
    public static IntPtr PointerToNested() { return Marshal.GetFunctionPointerForDelegate(NestedDelegate); }
    public static int CountWaiting() { return Native.count_waiting(); }
    public static void Release() { Native.release(); }
    public static void Collect() { GC.Collect(); }
}
