<?php

use Illuminate\Database\Migrations\Migration;
use Illuminate\Database\Schema\Blueprint;
use Illuminate\Support\Facades\DB;
use Illuminate\Support\Facades\Schema;

return new class extends Migration
{
    public function up()
    {
        Schema::table('unicorns', function (Blueprint $table) {
            $table->integer('speed')->nullable();
        });
        Schema::create('races', function (Blueprint $table) {
            $table->id();
            $table->unsignedBigInteger('meadow_id');
        });
    }

    public function down()
    {
        Schema::dropIfExists('races');
        // Laravel 8 would make the whole table anew on SQLite, with types of its own.
        DB::statement('ALTER TABLE unicorns DROP COLUMN speed');
    }
};
