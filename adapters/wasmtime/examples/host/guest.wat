;; The guest: managed code, as far as the host is concerned.
(module
  ;; For the documented sequence: the program calls A, A calls the method below, which calls C.
  (import "host" "function_a" (func $function_a))
  (import "host" "function_c" (func $function_c))
  ;; For the work: hash a stretch of the guest's memory; go down one more level.
  (import "host" "checksum" (func $checksum (param i32 i32) (result i32)))
  (import "host" "descend" (func $descend (param i32) (result i32)))

  ;; For the laggard: a host function that calls back into an endless loop.
  (import "host" "never_back" (func $never_back))

  (memory (export "memory") 1)

  (func (export "program")
    call $function_a)

  (func (export "method_b")
    call $function_c)

  (func (export "linger")
    call $never_back)

  (func (export "loop_for_ever")
    (loop $on br $on))

  ;; One call of `work` makes 1 + 2 * depth host calls in all, and depth calls back into the guest.
  (func (export "work") (param $depth i32) (result i32)
    (local $sum i32)
    (call $fill (local.get $depth))
    (local.set $sum (call $checksum (i32.const 0) (i32.const 128)))
    (if (i32.gt_s (local.get $depth) (i32.const 0))
      (then
        (local.set $sum
          (i32.xor
            (local.get $sum)
            (call $descend (i32.sub (local.get $depth) (i32.const 1)))))))
    (local.get $sum))

  ;; Writes 128 bytes that depend on the seed.
  (func $fill (param $seed i32)
    (local $at i32)
    (loop $next
      (i32.store8
        (local.get $at)
        (i32.mul (i32.add (local.get $seed) (local.get $at)) (i32.const 167)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 128)))))
)
